/* not_given_to_children.c: mappings that a forked process does not get, or gets empty
 * (MADV_DONTFORK, MADV_WIPEONFORK), hold pointers: a scan in a copy of the process must not miss
 * them.
 *
 * EXPECT reachable under=in_withheld blocks=1 bytes=101
 * EXPECT reachable under=in_wiped blocks=1 bytes=103
 * EXPECT reachable under=in_withheld_shared blocks=1 bytes=109
 * EXPECT reachable under=in_withheld_unasked blocks=1 bytes=113
 * EXPECT definite under=mapping_lost mappings=1 bytes=65536
 * EXPECT indirect under=in_lost blocks=1 bytes=127
 * EXPECT reachable under=block_withheld blocks=1 bytes=262144
 * EXPECT reachable under=in_withheld_block blocks=1 bytes=107
 * DIFFERS lsan in_withheld: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_wiped: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_withheld_shared: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_withheld_unasked: definite 1: memory that the program maps is no root there
 * DIFFERS valgrind in_lost: reachable 1: mappings are always roots there, lost or not
 * DIFFERS lsan in_lost: definite 1: it knows no mappings, and the block is lost either way
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include "case.h"

enum { BYTES = 64 << 10 };

OBJECT(in_withheld)
OBJECT(in_wiped)
OBJECT(in_withheld_shared)
OBJECT(in_withheld_unasked)
OBJECT(in_lost)
OBJECT(in_withheld_block)

void **mappings[4], **block;

STEP void **map(int sharing)
{
    void **mapping = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
    MUST(mapping != MAP_FAILED);
    return mapping;
}

STEP void **mapping_lost(void)
{
    void **mapping = map(MAP_PRIVATE);
    KEEP(mapping);
    return mapping;
}

STEP void *block_withheld(void)
{
    void *made = NULL;
    MUST(posix_memalign(&made, 4096, 256 << 10) == 0);
    memset(made, 0, 256 << 10);
    MUST(madvise(made, 256 << 10, MADV_DONTFORK) == 0);
    return made;
}

STEP void build(void)
{
    static const int advice[] = {MADV_DONTFORK, MADV_WIPEONFORK, MADV_DONTFORK};
    for (int i = 0; i < 3; i++) {
        mappings[i] = map(i == 2 ? MAP_SHARED : MAP_PRIVATE);
        MUST(madvise(mappings[i], BYTES, advice[i]) == 0);
    }
    mappings[3] = map(MAP_PRIVATE);
    MUST(syscall(SYS_madvise, mappings[3], BYTES, MADV_DONTFORK) == 0);
    mappings[0][500] = in_withheld(101);
    mappings[1][500] = in_wiped(103);
    mappings[2][500] = in_withheld_shared(109);
    mappings[3][500] = in_withheld_unasked(113);
    void **lost = mapping_lost();
    MUST(madvise(lost, BYTES, MADV_DONTFORK) == 0);
    lost[500] = in_lost(127);
    block = block_withheld();
    block[500] = in_withheld_block(107);
}

int main(void)
{
    build();
    forget();
    return 0;
}
