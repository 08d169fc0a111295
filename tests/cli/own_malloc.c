/* own_malloc.c: a program that defines malloc itself, as one does that links an allocator in. */
#include <stdlib.h>
#include <unistd.h>

static char heap[65536];
static size_t used;

void *malloc(size_t size)
{
    used += (size + 15) & ~(size_t)15;
    return used <= sizeof heap ? heap + used - ((size + 15) & ~(size_t)15) : NULL;
}

void free(void *block)
{
    (void)block;
}

int main(void)
{
    return write(1, "started\n", 8) == 8 && malloc(10) ? 0 : 1;
}
