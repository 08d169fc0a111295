/* far.c: a library that makes and releases blocks for loads.c. */
#include "../victims/victim.h"

void *far_make(size_t size);
void far_release(void *block);

void *far_make(size_t size)
{
    void *block = malloc(size);
    KEEP(block);
    return block;
}

void far_release(void *block)
{
    free(block);
    __asm__ volatile("" : : : "memory");
}
