/* storage_brk_blocked.c: something stands in the way of the heap: brk fails, and malloc goes on in
 * mappings. Those blocks are not in the brk heap, and have no mapping of their own either.
 *
 * EXPECT unfreed function=malloc in=before blocks=3 bytes=111 storage=brk
 * EXPECT unfreed function=malloc in=after blocks=53 bytes=5300053 storage=arena
 * EXPECT unfreed function=malloc in=use_up blocks=any bytes=any storage=brk
 * EXPECT mapped function=mmap in=main mappings=1 bytes=65536
 * EXPECT storage from stdout
 * RUN valgrind=no
 */
#include <sys/mman.h>
#include "storage.h"

FRAME void before(void)
{
    for (int i = 0; i < 3; i++)
        MUST(storage_count(malloc(37), 37) == BRK);
}

FRAME void use_up(void)
{
    void *block;
    while (storage_where(block = malloc(100001)) == BRK)
        continue;
    free(block);
}

FRAME void after(void)
{
    for (int i = 0; i < 53; i++)
        MUST(storage_count(malloc(100001), 100001) == ARENA);
}

int main(void)
{
    before();
    uintptr_t start, end;
    storage_heap(&start, &end);
    void *wall = mmap((void *)end, 1 << 16, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    MUST(wall == (void *)end);
    use_up();
    after();
    say("storage arena %lu %lu\n", storage_sums[ARENA].blocks, storage_sums[ARENA].bytes);
    return 0;
}
