/* sparse_mapping.c: 64 GiB are reserved and three pages of them used: a scan reads those. Valgrind
 * cannot reserve so much.
 *
 * EXPECT reachable under=at_start blocks=1 bytes=101
 * EXPECT reachable under=far_inside blocks=1 bytes=103
 * EXPECT definite under=lost blocks=1 bytes=107
 * EXPECT reachable under=map mappings=1 bytes=68719476736
 * DIFFERS lsan at_start: definite 1: memory that the program maps is no root there
 * DIFFERS lsan far_inside: definite 1: memory that the program maps is no root there
 * RUN valgrind=no
 */
#include <sys/mman.h>
#include "case.h"

OBJECT(at_start)
OBJECT(far_inside)
OBJECT(lost)

char *reserved;

STEP char *map(void)
{
    void *mapping = mmap(NULL, (size_t)64 << 30, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    MUST(mapping != MAP_FAILED);
    return mapping;
}

STEP void build(void)
{
    reserved = map();
    *(void **)reserved = at_start(101);
    *(void **)(reserved + ((size_t)47 << 30)) = far_inside(103);
    lost(107);
}

int main(void)
{
    build();
    forget();
    return 0;
}
