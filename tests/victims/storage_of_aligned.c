/* storage_of_aligned.c: an aligned block with a mapping of its own does not begin where its mapping
 * does.
 *
 * EXPECT unfreed function=aligned_alloc in=large blocks=7 bytes=7340032 storage=mmap
 * EXPECT unfreed function=posix_memalign in=small blocks=11 bytes=2816 storage=brk
 * EXPECT unfreed function=calloc in=main blocks=1 bytes=300000 storage=mmap
 * EXPECT storage from stdout
 * RUN valgrind=no
 */
#include "storage.h"

enum { MIB = 1 << 20 };

FRAME void large(void)
{
    for (size_t alignment = 64; alignment <= 64 << 12; alignment *= 4)
        MUST(storage_count(aligned_alloc(alignment, MIB), MIB) == MMAP);
}

FRAME void small(void)
{
    for (int i = 0; i < 11; i++) {
        void *block = NULL;
        MUST(posix_memalign(&block, 1024, 256) == 0);
        MUST(storage_count(block, 256) == BRK);
    }
}

int main(void)
{
    small();
    large();
    MUST(storage_count(calloc(3, 100000), 300000) == MMAP);
    storage_print();
    return 0;
}
