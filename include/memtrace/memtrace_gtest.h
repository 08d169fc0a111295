/* memtrace_gtest.h: for GoogleTest (1.10 or later): each test is a scope of its name, as
 * --gtest_filter takes it, so that reports of memtrace say which test leaked. It is enough that one
 * source file of the tests includes this, or that the compiler is told `-include memtrace_gtest.h`;
 * gtest_main may stay. Without the tracer nothing changes. MEMTRACE_TESTS=fail has a test that
 * leaks fail: see memtrace_test.h.
 *
 * The scope reaches from before SetUp until the fixture is destroyed; SetUpTestSuite is outside. */
#ifndef MEMTRACE_GTEST_H
#define MEMTRACE_GTEST_H

#include <gtest/gtest.h>
#include <string>
#include "memtrace_test.h"

namespace memtrace
{

class TestScopes : public testing::EmptyTestEventListener
{
    void OnTestStart(const testing::TestInfo &test) override
    {
        const std::string name = std::string(test.test_suite_name()) + "." + test.name();
        memtrace_test_begin(name.c_str());
    }

    /* Listeners hear this in the opposite order: what fails here is heard by the printers. */
    void OnTestEnd(const testing::TestInfo &test) override
    {
        char text[MEMTRACE_TEST_TEXT_SIZE];
        if (memtrace_test_end(text))
            ADD_FAILURE_AT(test.file(), test.line()) << text;
    }
};

/* Once, however many source files include this. GoogleTest owns the listener. */
inline bool listen()
{
    static const bool listens = [] {
        testing::UnitTest::GetInstance()->listeners().Append(new TestScopes);
        return true;
    }();
    return listens;
}

static const bool listens = listen();

} // namespace memtrace

#endif
