/* strings.cc: a short string lies in its object and points into it; a long one has a block.
 *
 * EXPECT reachable under=kept_short blocks=1 bytes=32
 * EXPECT reachable under=kept_long blocks=2 bytes=133
 * EXPECT definite under=lost_short blocks=1 bytes=32
 * EXPECT definite under=lost_long blocks=1 bytes=32
 * EXPECT indirect under=lost_long blocks=1 bytes=103
 */
#include <string>
#include "case.h"

std::string *short_one, *long_one;

STEP void kept_short()
{
    short_one = new std::string("short");
}

STEP void kept_long()
{
    long_one = new std::string(100, 'k');
}

STEP void lost_short()
{
    KEEP(new std::string("lost"));
}

STEP void lost_long()
{
    KEEP(new std::string(102, 'l'));
}

int main()
{
    kept_short();
    kept_long();
    lost_short();
    lost_long();
    forget();
    return 0;
}
