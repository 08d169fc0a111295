/* memtrace_test.h: a test case as a scope (memtrace.h), so that reports say which test leaked. It
 * is what memtrace_check.h, memtrace_gtest.h and memtrace_catch2.h share, and serves for other
 * frameworks as well: begin and end go around each test.
 *
 * What a leak does to its test is said by the environment variable MEMTRACE_TESTS:
 *     record   nothing: the trace knows the test, `memtrace check` judges in the end (the default)
 *     fail     the test fails, with a scan after each: what was lost by then, definitely or
 *              indirectly, whatever suppressions and baselines say */
#ifndef MEMTRACE_TEST_H
#define MEMTRACE_TEST_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "memtrace.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MEMTRACE_TEST_TEXT_SIZE = 128 };

/* The scope of the test that runs, of all source files together; 0: none. */
__attribute__((weak)) uint32_t memtrace_test_scope;

/* A test that was left by a jump is ended by the next. */
static inline void memtrace_test_begin(const char *name)
{
    if (memtrace_test_scope)
        memtrace_scope_end(memtrace_test_scope, NULL);
    memtrace_test_scope = memtrace_scope_begin(name);
}

static inline int memtrace_test_may_fail(void)
{
    static int is_said;
    const char *word = getenv("MEMTRACE_TESTS");
    if (!word || strcmp(word, "record") == 0)
        return 0;
    if (strcmp(word, "fail") == 0)
        return 1;
    if (!is_said++)
        fprintf(stderr, "memtrace: MEMTRACE_TESTS=%s: no such word (try record or fail)\n", word);
    return 0;
}

/* Ends the test. Returns 1 where it is to fail, and fills `text` with why. */
static inline int memtrace_test_end(char text[MEMTRACE_TEST_TEXT_SIZE])
{
    struct memtrace_leaks leaks;
    const uint32_t scope = memtrace_test_scope;
    const int may_fail = scope && memtrace_test_may_fail();
    if (!scope)
        return 0;
    memtrace_test_scope = 0;
    const int status = memtrace_scope_end(scope, may_fail ? &leaks : NULL);
    if (!may_fail)
        return 0;
    if (status == MEMTRACE_NO_VERDICTS) {
        snprintf(text, MEMTRACE_TEST_TEXT_SIZE, "memtrace: no scan could run: leaks are not known");
        return 1;
    }
    const uint64_t objects = leaks.definite.objects + leaks.indirect.objects;
    const uint64_t bytes = leaks.definite.bytes + leaks.indirect.bytes;
    snprintf(text, MEMTRACE_TEST_TEXT_SIZE,
             "memtrace: leaked %" PRIu64 " byte%s in %" PRIu64 " object%s", bytes,
             bytes == 1 ? "" : "s", objects, objects == 1 ? "" : "s");
    return objects > 0;
}

#ifdef __cplusplus
}
#endif

#endif
