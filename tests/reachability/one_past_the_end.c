/* one_past_the_end.c: a pointer to the byte behind a block does not keep it, nor does it keep what
 * the allocator put there.
 *
 * EXPECT definite under=of_24 blocks=1 bytes=24
 * EXPECT definite under=of_37 blocks=1 bytes=37
 * EXPECT definite under=of_4096 blocks=1 bytes=4096
 * EXPECT definite under=of_a_megabyte blocks=1 bytes=1048577
 */
#include "case.h"

OBJECT(of_24)
OBJECT(of_37)
OBJECT(of_4096)
OBJECT(of_a_megabyte)

char *ends[4];

STEP void keep(void)
{
    ends[0] = (char *)of_24(24) + 24;
    ends[1] = (char *)of_37(37) + 37;
    ends[2] = (char *)of_4096(4096) + 4096;
    ends[3] = (char *)of_a_megabyte(1048577) + 1048577;
}

int main(void)
{
    keep();
    forget();
    return 0;
}
