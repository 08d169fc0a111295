/* mapping_anonymous.c: memory that a program maps for itself. What it unmaps in the middle leaves
 * two mappings, what it unmaps at an end leaves a shorter one, and one munmap can take several.
 *
 * EXPECT mapped function=mmap in=whole mappings=7 bytes=114688 kind=anonymous via=whole<main
 * EXPECT mapped function=mmap in=whole64 mappings=3 bytes=36864 kind=anonymous
 * EXPECT mapped function=mmap in=shared mappings=5 bytes=20480 kind=shared
 * EXPECT mapped function=mmap in=with_hole mappings=2 bytes=32768 kind=anonymous
 * EXPECT mapped function=mmap in=shortened mappings=1 bytes=12288 kind=anonymous
 * EXPECT calls mmap=23 munmap=5
 */
#include <sys/mman.h>
#include "victim.h"

enum { PAGE = 4096 };

static char *map(size_t bytes, int flags)
{
    char *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    MUST(mapping != MAP_FAILED);
    memset(mapping, 1, bytes);
    return mapping;
}

FRAME void whole(void)
{
    for (int i = 0; i < 7; i++)
        KEEP(mmap(NULL, 3 * PAGE + 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

FRAME void whole64(void)
{
    for (int i = 0; i < 3; i++)
        KEEP(mmap64(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

FRAME void shared(void)
{
    for (int i = 0; i < 5; i++)
        KEEP(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

FRAME void with_hole(void)
{
    char *mapping = mmap(NULL, 11 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(munmap(mapping + 5 * PAGE, 2 * PAGE + 1) == 0);
    KEEP(mapping);
}

FRAME void shortened(void)
{
    char *mapping = mmap(NULL, 7 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(munmap(mapping, 3 * PAGE) == 0 && munmap(mapping + 6 * PAGE, PAGE) == 0);
    KEEP(mapping);
}

/* Neighbours, given back by one call. */
FRAME void unmapped(void)
{
    char *place = map(5 * PAGE, MAP_PRIVATE);
    MUST(munmap(place, 5 * PAGE) == 0);
    for (int i = 0; i < 5; i++)
        MUST(mmap(place + i * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                  0) == place + i * PAGE);
    MUST(munmap(place, 5 * PAGE) == 0);
}

int main(void)
{
    whole();
    whole64();
    shared();
    with_hole();
    shortened();
    unmapped();
    return 0;
}
