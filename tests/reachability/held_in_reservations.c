/* held_in_reservations.c: addresses reserved as memory that cannot be touched, with mappings put
 * over parts of them as a virtual machine does. Who has the reservation has them all, though
 * nothing points to the parts; where nobody has it, all is lost, and one part stands for it. A
 * mapping that merely lies beside is none of it.
 *
 * EXPECT reachable under=reserve_kept mappings=2 bytes=16384
 * EXPECT reachable under=commit_kept mappings=2 bytes=16384
 * EXPECT reachable under=in_kept blocks=1 bytes=101
 * EXPECT definite under=reserve_lost mappings=1 bytes=8192
 * EXPECT indirect under=reserve_lost mappings=1 bytes=8192
 * EXPECT indirect under=commit_lost mappings=1 bytes=8192
 * EXPECT indirect under=in_lost blocks=1 bytes=103
 * EXPECT definite under=beside mappings=1 bytes=8192
 * DIFFERS lsan in_kept: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_lost: definite 1: mappings are no objects there
 * DIFFERS valgrind in_lost: reachable 1: memory that the program maps is a root there
 */
#include <stdint.h>
#include <sys/mman.h>
#include "case.h"

enum { BYTES = 8192, PARTS = 4 };

OBJECT(in_kept)
OBJECT(in_lost)

static char *kept;

STEP void *map(void *at, size_t bytes, int protection, int flags)
{
    void *mapping = mmap(at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    MUST(mapping != MAP_FAILED && (!at || at == mapping));
    return mapping;
}

STEP char *reserve_kept(void *at)
{
    void *part = map(at, PARTS * BYTES, PROT_NONE, 0);
    KEEP(part);
    return part;
}

STEP char *reserve_lost(void)
{
    void *part = map(NULL, 3 * BYTES, PROT_NONE, 0);
    KEEP(part);
    return part;
}

STEP void **commit_kept(char *at)
{
    void *part = map(at, BYTES, PROT_READ | PROT_WRITE, MAP_FIXED);
    KEEP(part);
    return part;
}

STEP void **commit_lost(char *at)
{
    void *part = map(at, BYTES, PROT_READ | PROT_WRITE, MAP_FIXED);
    KEEP(part);
    return part;
}

STEP void beside(char *at)
{
    void *mapping = map(at, BYTES, PROT_READ | PROT_WRITE, 0);
    KEEP(mapping);
}

/* Of the kept one the first, the second and the last part, the last beside a stranger. */
STEP void make(void)
{
    char *place = map(NULL, (PARTS + 2) * BYTES, PROT_NONE, 0);
    MUST(munmap(place, (PARTS + 2) * BYTES) == 0);
    kept = reserve_kept(place);
    beside(kept + PARTS * BYTES);
    commit_kept(kept + BYTES)[9] = in_kept(101);
    commit_kept(kept + 3 * BYTES);
    char *lost = reserve_lost();
    commit_lost(lost + BYTES)[9] = in_lost(103);
}

int main(void)
{
    make();
    forget();
    return 0;
}
