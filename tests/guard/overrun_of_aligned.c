/* Behind a block whose alignment was asked for, in each of the ways to do so.
 *
 * GUARD kind=out-of-bounds access=write in=put allocated=make bytes=256 offset=256
 * LEFT kind=overrun in=main allocated=make bytes=256 offset=256
 * CANARY kind=overrun in=main allocated=make bytes=256 offset=256
 * VALGRIND Invalid write of size 1
 * ASAN heap-buffer-overflow
 */
#include "../misuse/case.h"
#include <malloc.h>
#include <stdint.h>

static FRAME char *make(void)
{
    char *block = memalign(256, 256);
    HIDE(block);
    return block;
}

static FRAME void put(char *block, int at)
{
    ((volatile char *)block)[at] = 1;
}

static int is_aligned(void *block, uintptr_t alignment)
{
    memset(block, 0, 100);
    const int is = block && (uintptr_t)block % alignment == 0;
    free(block);
    return is;
}

int main(int argc, char **argv)
{
    void *other;
    for (uintptr_t alignment = 16; alignment <= 1 << 21; alignment *= 2)
        if (posix_memalign(&other, alignment, 100) != 0 || !is_aligned(other, alignment) ||
            !is_aligned(aligned_alloc(alignment, alignment * 8), alignment))
            return 1;
    if (!is_aligned(valloc(100), 4096))
        return 1;
    char *block = make();
    if ((uintptr_t)block % 256 || malloc_usable_size(block) < 256)
        return 1;
    memset(block, 1, malloc_usable_size(block));
    put(block, is_wrong(argc, argv) ? 256 : 255);
    free(block);
    return 0;
}
