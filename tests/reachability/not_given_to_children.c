/* not_given_to_children.c: mappings that a forked process does not get, or gets empty
 * (MADV_DONTFORK, MADV_WIPEONFORK), hold pointers: a scan in a copy of the process must not miss
 * them.
 *
 * EXPECT reachable under=in_withheld blocks=1 bytes=101
 * EXPECT reachable under=in_wiped blocks=1 bytes=103
 * EXPECT reachable under=block_withheld blocks=1 bytes=262144
 * EXPECT reachable under=in_withheld_block blocks=1 bytes=107
 * DIFFERS lsan in_withheld: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_wiped: definite 1: memory that the program maps is no root there
 */
#include <sys/mman.h>
#include "case.h"

enum { BYTES = 64 << 10 };

OBJECT(in_withheld)
OBJECT(in_wiped)
OBJECT(in_withheld_block)

void **mappings[2], **block;

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
    for (int i = 0; i < 2; i++) {
        mappings[i] = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(mappings[i] != MAP_FAILED);
        MUST(madvise(mappings[i], BYTES, i == 0 ? MADV_DONTFORK : MADV_WIPEONFORK) == 0);
    }
    mappings[0][500] = in_withheld(101);
    mappings[1][500] = in_wiped(103);
    block = block_withheld();
    block[500] = in_withheld_block(107);
}

int main(void)
{
    build();
    forget();
    return 0;
}
