/* aligned_blocks.c: blocks of every alignment, kept and lost.
 *
 * EXPECT reachable under=kept blocks=8 bytes=808
 * EXPECT definite under=lost blocks=8 bytes=824
 */
#include <malloc.h>
#include "case.h"

void *blocks[8];

STEP void *kept(size_t alignment)
{
    void *block = NULL;
    MUST(posix_memalign(&block, alignment, 101) == 0);
    memset(block, 0, 101);
    return block;
}

STEP void lost(size_t alignment)
{
    void *block = memalign(alignment, 103);
    MUST(block);
    memset(block, 0, 103);
}

STEP void build(void)
{
    for (int i = 0; i < 8; i++) {
        blocks[i] = kept((size_t)16 << i);
        lost((size_t)16 << i);
    }
}

int main(void)
{
    build();
    forget();
    return 0;
}
