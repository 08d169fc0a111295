/* What mmap gave is handed to free.
 *
 * EXPECT kind=invalid-free function=free in=give place=mapping
 * VALGRIND Invalid free\(\)
 * ASAN attempting free on address which was not malloc
 */
#include "case.h"
#include <sys/mman.h>

static FRAME void give(void *address)
{
    free(address);
    STAY();
}

int main(int argc, char **argv)
{
    char *mapping = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    HIDE(mapping);
    if (is_wrong(argc, argv))
        give(mapping + 64);
    munmap(mapping, 1 << 16);
    return 0;
}
