/* with_catch2.cc: test cases of Catch2 that leak, that keep, and with sections. */
#define CATCH_CONFIG_MAIN // of version 2; with 3 main is linked
#include <memtrace_catch2.h>

#include "leaks.h"

static void *kept;

TEST_CASE("leaks three")
{
    lose(3, 101);
    CHECK(1 == 1);
}

TEST_CASE("leaks nothing")
{
    free(malloc(102));
    kept = malloc(103);
    CHECK(kept != nullptr);
}

TEST_CASE("has sections")
{
    lose(1, 140);
    SECTION("the first")
    {
        lose(4, 110);
        CHECK(1 == 1);
    }
    SECTION("the second")
    {
        SECTION("lies in it")
        {
            lose(5, 110);
            CHECK(1 == 1);
        }
    }
}

TEST_CASE("fails and leaks", "[.]")
{
    lose(1, 120);
    REQUIRE(1 == 2);
}

TEST_CASE("comes after", "[.]")
{
    lose(2, 130);
}
