/* cache_test.c: tests of cache.c with Check. */
#include <memtrace_check.h>

#include "cache.h"

START_TEST(adds)
{
    struct entry *cache = cache_add(cache_add(NULL, "one"), "two");
    ck_assert_str_eq(cache->key, "two");
    cache_free(cache);
}
END_TEST

START_TEST(removes)
{
    struct entry *cache = cache_add(cache_add(NULL, "one"), "two");
    cache = cache_remove_first(cache);
    ck_assert_str_eq(cache->key, "one");
    cache_free(cache);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cache");
    TCase *lists = tcase_create("lists");
    tcase_add_test(lists, adds);
    tcase_add_test(lists, removes);
    suite_add_tcase(suite, lists);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
