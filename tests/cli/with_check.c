/* with_check.c: tests of Check that leak, that keep, and one that fails half-way. Its arguments
 * name the cases to run: leaks, fails; none: all but fails. */
#include <memtrace_check.h>

#include "leaks.h"

static void *kept;

START_TEST(leaks_three)
{
    lose(3, 101);
}
END_TEST

START_TEST(leaks_nothing)
{
    free(malloc(102));
    kept = malloc(103);
}
END_TEST

/* Run twice, with _i of 4 and 5. */
START_TEST(leaks_by_number)
{
    lose(_i, 110);
}
END_TEST

START_TEST(fails_and_leaks)
{
    lose(1, 120);
    ck_assert_int_eq(1, 2);
}
END_TEST

START_TEST(comes_after)
{
    lose(2, 130);
}
END_TEST

static void set_up(void)
{
    lose(1, 140);
}

int main(int count, char **words)
{
    Suite *suite = suite_create("all");
    TCase *leaks = tcase_create("leaks");
    TCase *fails = tcase_create("fails");
    tcase_add_checked_fixture(leaks, set_up, NULL);
    tcase_add_test(leaks, leaks_three);
    tcase_add_test(leaks, leaks_nothing);
    tcase_add_loop_test(leaks, leaks_by_number, 4, 6);
    tcase_add_test(fails, fails_and_leaks);
    tcase_add_test(fails, comes_after);
    suite_add_tcase(suite, leaks);
    suite_add_tcase(suite, fails);
    SRunner *runner = srunner_create(suite);
    srunner_run(runner, NULL, count > 1 ? words[1] : "leaks", CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed;
}
