/* names_test.cc: tests, with GoogleTest and its main, of names that raw pointers hold. */
#include <memtrace_gtest.h>
#include <string>

static std::string *full_name(const std::string &first, const std::string &last)
{
    return new std::string(first + " " + last);
}

TEST(Names, AreJoined)
{
    EXPECT_EQ(*full_name("Ada", "Lovelace"), "Ada Lovelace");
}

TEST(Names, MayBeEmpty)
{
    const std::string *name = full_name("", "");
    EXPECT_EQ(*name, " ");
    delete name;
}
