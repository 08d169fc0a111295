/* C23's free_sized with another size. The symbol is weak: only where the tracer is there it exists.
 *
 * EXPECT kind=wrong-size function=free_sized in=give allocated=main bytes=37 said=38
 */
#include "case.h"

void free_sized(void *block, size_t size) __attribute__((weak));
void free_aligned_sized(void *block, size_t alignment, size_t size) __attribute__((weak));

static FRAME void give(void *block, size_t bytes)
{
    if (free_sized)
        free_sized(block, bytes);
    else
        free(block);
    STAY();
}

int main(int argc, char **argv)
{
    void *block = malloc(37), *aligned = aligned_alloc(64, 128);
    HIDE(block);
    HIDE(aligned);
    if (free_aligned_sized)
        free_aligned_sized(aligned, 64, 128);
    else
        free(aligned);
    give(block, is_wrong(argc, argv) ? 38 : 37);
    return 0;
}
