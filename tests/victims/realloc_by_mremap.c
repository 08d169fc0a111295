/* realloc_by_mremap.c: blocks with mappings of their own grow by mremap, moving or not.
 *
 * EXPECT unfreed function=realloc in=grow blocks=3 bytes=50331651
 * EXPECT storage.mmap.blocks=3 storage.mmap.bytes=50331651
 */
#include "victim.h"

FRAME void grow(void)
{
    char *block = malloc(1 << 20);
    for (int mib = 2; mib <= 16; mib++) {
        block = realloc(block, ((size_t)mib << 20) + 1);
        block[(size_t)mib << 20] = 1;
    }
    KEEP(block);
}

int main(void)
{
    for (int i = 0; i < 3; i++)
        grow();
    return 0;
}
