/* interior_pointers.c: pointers into the inside of blocks, to the first byte behind the start, the
 * middle and the last byte: perhaps they keep the block.
 *
 * EXPECT possible under=at_second_byte blocks=1 bytes=101
 * EXPECT possible under=at_middle blocks=1 bytes=103
 * EXPECT possible under=at_last_byte blocks=1 bytes=107
 * EXPECT possible under=below_interior blocks=1 bytes=109
 * EXPECT reachable under=start_as_well blocks=1 bytes=113
 */
#include "case.h"

OBJECT(at_second_byte)
OBJECT(at_middle)
OBJECT(at_last_byte)
OBJECT(below_interior)
OBJECT(start_as_well)

char *inside[5];

STEP void keep(void)
{
    inside[0] = (char *)at_second_byte(101) + 1;
    void **middle = at_middle(103);
    middle[2] = below_interior(109);
    inside[1] = (char *)middle + 48;
    inside[2] = (char *)at_last_byte(107) + 106;
    inside[3] = start_as_well(113);
    inside[4] = inside[3] + 56;
}

int main(void)
{
    keep();
    forget();
    return 0;
}
