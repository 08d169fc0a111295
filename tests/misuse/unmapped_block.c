/* The pages of a large block are unmapped, as if mmap had given it; innocent: a mapping is.
 *
 * EXPECT kind=unmapped-block function=munmap in=give allocated=main bytes=1048576
 */
#include "case.h"
#include <stdint.h>
#include <sys/mman.h>

static FRAME void give(void *address, size_t bytes)
{
    if (munmap(address, bytes) != 0)
        abort();
    STAY();
}

int main(int argc, char **argv)
{
    enum { BYTES = 1 << 20 };
    char *mapping = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *block = malloc(BYTES);
    HIDE(mapping);
    HIDE(block);
    if (is_wrong(argc, argv))
        give((void *)((uintptr_t)block & ~(uintptr_t)4095), BYTES);
    else
        free(block);
    give(mapping, BYTES);
    return 0;
}
