/* new_replaced.cc: a program with operators of its own: they are called, and what they take from
 * malloc is what is recorded.
 *
 * EXPECT unfreed function=malloc in=operator_new blocks=19 bytes=1007
 */
#include <new>
#include "victim.h"

static int calls;

/* None inline: clang says to Valgrind nothing of what it has inlined here, and gcc 13 takes the free
 * that it finds in a delete for one of what new gave. */
__attribute__((noinline)) void *operator new(size_t size)
{
    calls++;
    void *block = malloc(size + 16);
    KEEP(block);
    return block;
}

__attribute__((noinline)) void operator delete(void *block) noexcept
{
    calls++;
    free(block);
}

void operator delete(void *block, size_t) noexcept
{
    operator delete(block);
}

int main()
{
    for (int i = 0; i < 42; i++) {
        char *block = static_cast<char *>(operator new(37));
        KEEP(block);
        if (i >= 19)
            operator delete(block, 37);
    }
    say("%d calls of our own operators\n", calls);
    return 0;
}
