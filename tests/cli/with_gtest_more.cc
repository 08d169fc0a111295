/* with_gtest_more.cc: the second source file of the tests in with_gtest.cc. */
#include <memtrace_gtest.h>

#include "leaks.h"

TEST(More, LeaksTwo)
{
    lose(2, 130);
}
