/* A pointer into the heap, but into no block of it, is handed to free.
 *
 * EXPECT kind=invalid-free function=free in=give place=heap
 * VALGRIND Invalid free\(\)
 * ASAN attempting free on address which was not malloc
 */
#include "case.h"

static FRAME void give(char *address)
{
    free(address);
    STAY();
}

int main(int argc, char **argv)
{
    char *first = malloc(80), *block = malloc(80);
    HIDE(first);
    HIDE(block);
    if (is_wrong(argc, argv))
        give(block - 8); /* where the allocator keeps the size of it */
    free(block);
    free(first);
    return 0;
}
