/* memtrace_catch2.h: for Catch2, version 2 or 3: each test case is a scope of its name, so that
 * reports of memtrace say which test leaked. One source file of the tests includes it; with version
 * 2 before catch.hpp, or where CATCH_CONFIG_MAIN is. Without the tracer nothing changes.
 * MEMTRACE_TESTS=fail has a test case that leaks fail: see memtrace_test.h.
 *
 * A test case with sections runs once for each of them, each time as a scope of its own. */
#ifndef MEMTRACE_CATCH2_H
#define MEMTRACE_CATCH2_H

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#define MEMTRACE_CATCH2_LISTENER Catch::EventListenerBase
#else
#ifndef TWOBLUECUBES_SINGLE_INCLUDE_CATCH_HPP_INCLUDED
#ifndef CATCH_CONFIG_EXTERNAL_INTERFACES
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#endif
#include <catch2/catch.hpp>
#elif !defined(CATCH_CONFIG_EXTERNAL_INTERFACES)
#error "include memtrace_catch2.h before catch2/catch.hpp"
#endif
#define MEMTRACE_CATCH2_LISTENER Catch::TestEventListenerBase
#endif
#include <string>
#include "memtrace_test.h"

namespace memtrace
{

using Catch2Listener = MEMTRACE_CATCH2_LISTENER;

class TestScopes : public Catch2Listener
{
  public:
    using Catch2Listener::Catch2Listener;

    void testCaseStarting(Catch::TestCaseInfo const &test) override
    {
        name_ = test.name;
    }

    /* A run of a test case is the outermost section. */
    void sectionStarting(Catch::SectionInfo const &) override
    {
        if (depth_++ == 0)
            memtrace_test_begin(name_.c_str());
    }

    /* What fails here, before Catch2 has summed up the test case, counts as its own. */
    void sectionEnded(Catch::SectionStats const &) override
    {
        char text[MEMTRACE_TEST_TEXT_SIZE];
        if (--depth_ == 0 && memtrace_test_end(text))
            FAIL_CHECK(text);
    }

  private:
    std::string name_;
    int depth_ = 0;
};

CATCH_REGISTER_LISTENER(TestScopes)

} // namespace memtrace

#endif
