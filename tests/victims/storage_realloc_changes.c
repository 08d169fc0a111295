/* storage_realloc_changes.c: realloc takes a block from the heap to a mapping of its own. There it
 * stays when it shrinks, be it to a few bytes.
 *
 * EXPECT unfreed function=realloc in=to_mapping blocks=3 bytes=3145731 storage=mmap
 * EXPECT unfreed function=realloc in=shrink blocks=3 bytes=3003 storage=mmap
 * EXPECT storage from stdout
 * RUN valgrind=no
 */
#include <malloc.h>
#include "storage.h"

enum { MIB = 1 << 20 };

FRAME void *to_mapping(void *block)
{
    void *moved = realloc(block, MIB + 1);
    KEEP(moved);
    return moved;
}

FRAME void *shrink(void *block)
{
    void *moved = realloc(block, 1001);
    KEEP(moved);
    return moved;
}

int main(void)
{
    MUST(mallopt(M_MMAP_THRESHOLD, 128 << 10)); /* and there it stays */
    for (int i = 0; i < 6; i++) {
        void *block = to_mapping(malloc(37));
        if (i % 2)
            MUST(storage_count(shrink(block), 1001) == MMAP);
        else
            MUST(storage_count(block, MIB + 1) == MMAP);
    }
    storage_print();
    return 0;
}
