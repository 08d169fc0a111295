/* mapping_held_inside.c: a mapping to which only a pointer into its inside is left, as an allocator
 * of the program has that hands out pieces: possible, and so is what it holds.
 *
 * EXPECT possible under=map mappings=1 bytes=8192
 * EXPECT possible under=held blocks=1 bytes=101
 * DIFFERS valgrind held: reachable 1: mappings are always roots there
 * DIFFERS lsan held: definite 1: memory that the program maps is no root there
 */
#include <sys/mman.h>
#include "case.h"

OBJECT(held)

void **inside;

STEP void **map(void)
{
    void *mapping = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mapping != MAP_FAILED);
    return mapping;
}

STEP void keep(void)
{
    void **mapping = map();
    mapping[0] = held(101);
    inside = mapping + 200;
}

int main(void)
{
    keep();
    forget();
    return 0;
}
