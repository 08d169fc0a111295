/* unit.h: a unit test is a file of Check tests that ends in one line, which makes its main:
 *
 *   MT_UNIT_TESTS("trace", opens_a_sound_trace, refuses_a_directory)
 *
 * Check runs each test in a process of its own, so a crash is one failure. */
#ifndef MT_UNIT_H
#define MT_UNIT_H

#ifdef NDEBUG
#error "tests need their assertions"
#endif

#include <check.h>
#include <stdlib.h>

static int mt_unit_run(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    for (size_t i = 0; i < count; i++) {
        TCase *one = tcase_create(tests[i]->name);
        tcase_add_test(one, tests[i]);
        tcase_set_timeout(one, 60);
        suite_add_tcase(suite, one);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define MT_UNIT_TESTS(name, ...)                                                                   \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return mt_unit_run(name, tests, sizeof tests / sizeof tests[0]);                           \
    }

#endif
