/* allocator_own.c: a program that defines malloc itself, as if it had its own allocator built in.
 * Its own comes first, the hooks are not reached: the trace must say so.
 *
 * EXPECT any
 * EXPECT stderr any
 * RUN valgrind=no
 */
#include "victim.h"

static char arena[1 << 20] __attribute__((aligned(16)));
static size_t used;

void *malloc(size_t size)
{
    size_t start = __atomic_fetch_add(&used, (size + 31) & ~(size_t)15, __ATOMIC_SEQ_CST);
    if (start + size + 32 > sizeof(arena))
        return NULL;
    memcpy(arena + start, &size, sizeof(size));
    return arena + start + 16;
}

void free(void *block)
{
    KEEP(block);
}

void *calloc(size_t count, size_t size)
{
    return malloc(count * size); /* never given twice: still zero */
}

void *realloc(void *block, size_t size)
{
    void *moved = malloc(size);
    size_t old = block ? ((size_t *)block)[-2] : 0;
    return moved && block ? memcpy(moved, block, old < size ? old : size) : moved;
}

int main(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
    say("%s\n", used >= 23 * 37 ? "from our own arena" : "from elsewhere");
    return 0;
}
