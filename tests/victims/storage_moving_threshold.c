/* storage_moving_threshold.c: blocks of 1 MiB have mappings of their own, until one of them is
 * freed: then glibc moves its threshold, and the next ones come from the heap.
 *
 * EXPECT unfreed function=malloc in=before blocks=3 bytes=3145728 storage=mmap
 * EXPECT unfreed function=malloc in=after blocks=5 bytes=5242880 storage=brk
 * EXPECT unfreed function=malloc in=small blocks=23 bytes=851 storage=brk
 * EXPECT storage from stdout
 * RUN valgrind=no
 */
#include "storage.h"

enum { MIB = 1 << 20 };

FRAME void before(void)
{
    for (int i = 0; i < 3; i++)
        MUST(storage_count(malloc(MIB), MIB) == MMAP);
}

FRAME void after(void)
{
    for (int i = 0; i < 5; i++)
        MUST(storage_count(malloc(MIB), MIB) == BRK);
}

FRAME void small(void)
{
    for (int i = 0; i < 23; i++)
        MUST(storage_count(malloc(37), 37) == BRK);
}

int main(void)
{
    small();
    before();
    void *block = malloc(MIB);
    KEEP(block);
    free(block);
    after();
    storage_print();
    return 0;
}
