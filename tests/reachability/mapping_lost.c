/* mapping_lost.c: a mapping that nothing points to is lost like a block, and what only it holds
 * with it; one that only a lost block points to is lost through that.
 *
 * EXPECT definite under=map_lost mappings=1 bytes=12288
 * EXPECT indirect under=in_lost blocks=5 bytes=505
 * EXPECT definite under=owner blocks=1 bytes=40
 * EXPECT indirect under=map_owned mappings=1 bytes=8192
 * EXPECT indirect under=in_owned blocks=1 bytes=103
 * EXPECT reachable under=map_kept mappings=1 bytes=4096
 * DIFFERS valgrind in_lost: reachable 5: mappings are always roots there, lost or not
 * DIFFERS valgrind in_owned: reachable 1: mappings are always roots there, lost or not
 * DIFFERS lsan in_lost: definite 5: it knows no mappings, and the block is lost either way
 * DIFFERS lsan in_owned: definite 1: it knows no mappings, and the block is lost either way
 */
#include <sys/mman.h>
#include "case.h"

OBJECT(in_lost)
OBJECT(owner)
OBJECT(in_owned)

#define MAPPING(name)                                                                              \
    STEP void **name(size_t size)                                                                  \
    {                                                                                              \
        void *mapping =                                                                            \
            mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);          \
        MUST(mapping != MAP_FAILED);                                                               \
        return mapping;                                                                            \
    }

MAPPING(map_lost)
MAPPING(map_owned)
MAPPING(map_kept)

void **kept;

STEP void lose(void)
{
    void **lost = map_lost(12288), **head = owner(40), **owned = map_owned(8192);
    for (int i = 0; i < 5; i++)
        lost[i * 300] = in_lost(101);
    head[1] = owned;
    owned[1000] = in_owned(103);
    kept = map_kept(4096);
}

int main(void)
{
    lose();
    forget();
    return 0;
}
