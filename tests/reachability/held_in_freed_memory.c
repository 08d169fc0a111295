/* held_in_freed_memory.c: pointers that are left in blocks already freed, small and large, keep
 * nothing; nor does a kept pointer to the freed block.
 *
 * EXPECT definite under=in_freed_small blocks=1 bytes=101
 * EXPECT definite under=in_freed_middle blocks=1 bytes=103
 * EXPECT definite under=in_freed_large blocks=1 bytes=107
 * EXPECT definite under=in_shrunk blocks=1 bytes=109
 * EXPECT reachable under=shrunk blocks=1 bytes=40
 */
#include "case.h"

OBJECT(in_freed_small)
OBJECT(in_freed_middle)
OBJECT(in_freed_large)
OBJECT(in_shrunk)

void **dangling[3], **kept;

STEP void **shrunk(void)
{
    void **block = calloc(100, sizeof(void *));
    block[90] = in_shrunk(109);
    block = realloc(block, 40);
    KEEP(block);
    return block;
}

STEP void lose(void)
{
    dangling[0] = calloc(1, 100);
    dangling[0][6] = in_freed_small(101);
    dangling[1] = calloc(1, 4000);
    dangling[1][300] = in_freed_middle(103);
    dangling[2] = calloc(1, 100000);
    dangling[2][9000] = in_freed_large(107);
    kept = shrunk();
    for (int i = 0; i < 3; i++)
        free(dangling[i]);
}

int main(void)
{
    lose();
    forget();
    return 0;
}
