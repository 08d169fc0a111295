/* zero_size.c: a block of no bytes is a block.
 *
 * EXPECT reachable under=kept blocks=1 bytes=0
 * EXPECT definite under=lost blocks=3 bytes=0
 */
#include "case.h"

OBJECT(kept)
OBJECT(lost)

void *block;

STEP void build(void)
{
    lost(0);
    lost(0);
    block = kept(0);
    lost(0);
}

int main(void)
{
    build();
    forget();
    return 0;
}
