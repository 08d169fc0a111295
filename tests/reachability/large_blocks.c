/* large_blocks.c: blocks with a mapping of their own, which are blocks and not mappings; the last
 * word of one holds another.
 *
 * EXPECT reachable under=kept blocks=1 bytes=1048584
 * EXPECT reachable under=held_at_the_end blocks=1 bytes=2097152
 * EXPECT definite under=lost blocks=1 bytes=4194304
 * EXPECT indirect under=held_by_lost blocks=1 bytes=300007
 */
#include "case.h"

OBJECT(kept)
OBJECT(held_at_the_end)
OBJECT(lost)
OBJECT(held_by_lost)

void **block;

STEP void build(void)
{
    block = kept(1048584);
    block[1048584 / 8 - 1] = held_at_the_end(2097152);
    void **forgotten = lost(4194304);
    forgotten[4194304 / 8 - 1] = held_by_lost(300007);
}

int main(void)
{
    build();
    forget();
    return 0;
}
