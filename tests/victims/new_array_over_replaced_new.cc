/* new_array_over_replaced_new.cc: a program with an operator new of its own and the library's
 * operator new[], which calls it: each block is counted once, as what its operator took from
 * malloc, and no free of it is missed (the 44th is the pool for exceptions).
 *
 * EXPECT unfreed function=malloc in=operator_new blocks=17 bytes=697
 * EXPECT calls malloc=44
 * EXPECT totals.allocations=44 totals.frees=26
 * RUN valgrind=no
 */
#include <new>
#include "victim.h"

void *operator new(size_t size)
{
    void *block = malloc(size);
    KEEP(block);
    return block;
}

void operator delete(void *block) noexcept
{
    free(block);
}

void operator delete(void *block, size_t) noexcept
{
    free(block);
}

int main()
{
    for (int i = 0; i < 43; i++) {
        char *block = i % 2 ? new char[41] : new (std::nothrow) char[41];
        KEEP(block);
        if (i >= 17)
            delete[] block;
    }
    return 0;
}
