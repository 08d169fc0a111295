/* memtrace_check.h: to be included in place of check.h (Check 0.15 or later, libcheck.github.io):
 * each START_TEST is a scope that bears its name, so that reports of memtrace say which test
 * leaked; with CK_FORK=no as well as with a process for each test. Without the tracer nothing
 * changes. MEMTRACE_TESTS=fail has a test that leaks fail: see memtrace_test.h.
 *
 * The scope is the test's function; checked fixtures run outside of it. A block that is lost only
 * with what a fixture frees is named by `memtrace check`, not by MEMTRACE_TESTS=fail. */
#ifndef MEMTRACE_CHECK_H
#define MEMTRACE_CHECK_H

#include <check.h>
#include "memtrace_test.h"

#if CHECK_MAJOR_VERSION == 0 && CHECK_MINOR_VERSION < 15
#error "memtrace_check.h needs Check 0.15 or later"
#endif

/* Check's own, with the scope between the function that it calls and the test's body. */
#undef START_TEST
#define START_TEST(test)                                                                           \
    static void test##_in_scope(int _i);                                                           \
    static void test##_fn(int _i)                                                                  \
    {                                                                                              \
        char text[MEMTRACE_TEST_TEXT_SIZE];                                                        \
        memtrace_test_begin(#test);                                                                \
        test##_in_scope(_i);                                                                       \
        if (memtrace_test_end(text))                                                               \
            ck_abort_msg("%s", text);                                                              \
    }                                                                                              \
    static const TTest test##_ttest = {#test, test##_fn, __FILE__, __LINE__};                      \
    static const TTest *test = &test##_ttest;                                                      \
    static void test##_in_scope(int _i CK_ATTRIBUTE_UNUSED)

#endif
