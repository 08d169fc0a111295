/* mapping_moved.c: mremap in all its forms. As with realloc, what it gives is the mapping of
 * whoever called it, and what it took is gone.
 *
 * EXPECT mapped function=mremap in=grown mappings=3 bytes=159744 kind=anonymous
 * EXPECT mapped function=mremap in=shrunk mappings=1 bytes=8192 kind=anonymous
 * EXPECT mapped function=mremap in=moved_over mappings=1 bytes=12288 kind=anonymous
 * EXPECT mapped function=mmap in=duplicated mappings=1 bytes=20480 kind=shared
 * EXPECT mapped function=mremap in=duplicated mappings=1 bytes=20480 kind=shared
 * EXPECT mapped function=mmap in=kept mappings=1 bytes=28672 kind=anonymous
 * EXPECT mapped function=mremap in=kept mappings=1 bytes=28672 kind=anonymous
 * EXPECT mapped function=mmap in=cannot_grow mappings=1 bytes=4096 kind=anonymous
 */
#include <sys/mman.h>
#include "victim.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

enum { PAGE = 4096 };

#define MAP(bytes, sharing)                                                                        \
    mmap(NULL, bytes, PROT_READ | PROT_WRITE, (sharing) | MAP_ANONYMOUS, -1, 0)

FRAME void grown(void)
{
    for (int i = 0; i < 3; i++)
        MUST(mremap(MAP(PAGE, MAP_PRIVATE), PAGE, 13 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED);
}

FRAME void shrunk(void)
{
    char *mapping = MAP(7 * PAGE, MAP_PRIVATE);
    MUST(mremap(mapping, 7 * PAGE, 2 * PAGE, 0) == mapping);
}

FRAME void moved_over(void)
{
    char *from = MAP(3 * PAGE, MAP_PRIVATE), *over = MAP(3 * PAGE, MAP_SHARED);
    MUST(mremap(from, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, over) == over);
}

FRAME void duplicated(void)
{
    char *mapping = MAP(5 * PAGE, MAP_SHARED);
    MUST(mremap(mapping, 0, 5 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED);
}

FRAME void kept(void)
{
    char *mapping = MAP(7 * PAGE, MAP_PRIVATE);
    MUST(mremap(mapping, 7 * PAGE, 7 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL) !=
         MAP_FAILED);
}

FRAME void cannot_grow(void)
{
    char *mapping = MAP(2 * PAGE, MAP_PRIVATE);
    MUST(mprotect(mapping, PAGE, PROT_READ) == 0); /* two mappings to the kernel */
    errno = 0;
    MUST(mremap(mapping, PAGE, 3 * PAGE, 0) == MAP_FAILED && errno == ENOMEM);
    MUST(munmap(mapping + PAGE, PAGE) == 0);
}

int main(void)
{
    grown();
    shrunk();
    moved_over();
    duplicated();
    kept();
    cannot_grow();
    return 0;
}
