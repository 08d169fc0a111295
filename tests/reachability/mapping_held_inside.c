/* mapping_held_inside.c: a mapping to which only a pointer into its inside is left is kept, and so
 * is what it holds: programs hand out mappings in pieces.
 *
 * EXPECT reachable under=map mappings=1 bytes=8192
 * EXPECT reachable under=held blocks=1 bytes=101
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
