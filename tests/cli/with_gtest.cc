/* with_gtest.cc: tests of GoogleTest that leak, that keep, with a fixture and with parameters; main
 * is gtest_main's. The header is included by two source files: with_gtest_more.cc. */
#include <gtest/gtest.h>
#include <memtrace_gtest.h>

#include "leaks.h"

static void *kept;

TEST(Plain, LeaksThree)
{
    lose(3, 101);
}

TEST(Plain, LeaksNothing)
{
    free(malloc(102));
    kept = malloc(103);
}

class Fixture : public testing::Test
{
  protected:
    void SetUp() override
    {
        lose(1, 140);
        freed_ = malloc(141);
    }
    ~Fixture() override
    {
        free(freed_);
    }
    void *freed_ = nullptr;
};

TEST_F(Fixture, LeaksInSetUp)
{
}

class Numbered : public testing::TestWithParam<int>
{
};

TEST_P(Numbered, Leaks)
{
    lose(GetParam(), 110);
}

INSTANTIATE_TEST_SUITE_P(Some, Numbered, testing::Values(4, 5));

TEST(DISABLED_Failing, FailsAndLeaks)
{
    lose(1, 120);
    FAIL();
}
