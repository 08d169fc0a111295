/* withheld_too_large.c: more memory than a scan copies is kept from forked processes
 * (MADV_DONTFORK): what it holds is not known, and so there are no verdicts.
 *
 * EXPECT unclassified under=in_withheld blocks=1 bytes=101
 * EXPECT unclassified under=lost blocks=1 bytes=103
 * DIFFERS valgrind in_withheld: reachable 1: it reads the memory itself
 * DIFFERS valgrind lost: definite 1: it reads the memory itself
 * DIFFERS lsan in_withheld: definite 1: memory that the program maps is no root there
 * DIFFERS lsan lost: definite 1: memory that the program maps is no root there
 */
#include <sys/mman.h>
#include "case.h"

enum { BYTES = 260 << 20 };

OBJECT(in_withheld)
OBJECT(lost)

char *mapping;

STEP void build(void)
{
    mapping = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mapping != MAP_FAILED && madvise(mapping, BYTES, MADV_DONTFORK) == 0);
    for (int at = 0; at < BYTES; at += 4096)
        mapping[at] = 1;
    *(void **)(mapping + 4096 + 8) = in_withheld(101);
    lost(103);
}

int main(void)
{
    build();
    forget();
    return 0;
}
