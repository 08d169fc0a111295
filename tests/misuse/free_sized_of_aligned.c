/* C23's free_sized is for what malloc gave, not for what aligned_alloc gave.
 *
 * EXPECT kind=mismatched-free function=free_sized in=give allocated=main bytes=128
 */
#include "case.h"

void free_sized(void *block, size_t size) __attribute__((weak));

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
    void *block = is_wrong(argc, argv) ? aligned_alloc(64, 128) : malloc(128);
    HIDE(block);
    give(block, 128);
    return 0;
}
