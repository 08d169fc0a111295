/* sparse_file.c: 256 GiB of a file in memory are mapped and two pages of them written: a scan reads
 * those, and asks for the rest by its holes. Valgrind cannot reserve so much.
 *
 * EXPECT reachable under=at_start blocks=1 bytes=101
 * EXPECT reachable under=far_inside blocks=1 bytes=103
 * EXPECT definite under=lost blocks=1 bytes=107
 * EXPECT reachable under=map mappings=1 bytes=274877906944
 * DIFFERS lsan at_start: definite 1: memory that the program maps is no root there
 * DIFFERS lsan far_inside: definite 1: memory that the program maps is no root there
 * RUN valgrind=no
 */
#include <sys/mman.h>
#include "case.h"

OBJECT(at_start)
OBJECT(far_inside)
OBJECT(lost)

static const size_t bytes = (size_t)256 << 30;
char *mapped;

STEP char *map(void)
{
    const int fd = memfd_create("sparse", MFD_CLOEXEC);
    MUST(fd >= 0 && ftruncate(fd, (off_t)bytes) == 0);
    void *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    MUST(mapping != MAP_FAILED);
    return mapping;
}

STEP void build(void)
{
    mapped = map();
    *(void **)mapped = at_start(101);
    *(void **)(mapped + ((size_t)147 << 30)) = far_inside(103);
    lost(107);
}

int main(void)
{
    build();
    forget();
    return 0;
}
