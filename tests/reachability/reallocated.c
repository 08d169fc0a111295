/* reallocated.c: a block that moved is kept by its new address and not by its old one; one that
 * grew in place by the address it always had.
 *
 * EXPECT reachable under=followed blocks=1 bytes=4003
 * EXPECT definite under=not_followed blocks=1 bytes=4007
 * EXPECT reachable under=in_place blocks=1 bytes=30
 * EXPECT reachable under=wall blocks=2 bytes=1002
 */
#include "case.h"

OBJECT(wall)

void *kept, *stale, *same, *walls[2];

STEP void *followed(void *block)
{
    block = realloc(block, 4003);
    KEEP(block);
    return block;
}

STEP void *not_followed(void *block)
{
    block = realloc(block, 4007);
    KEEP(block);
    return block;
}

STEP void *in_place(void *block)
{
    block = realloc(block, 30);
    KEEP(block);
    return block;
}

STEP void build(void)
{
    void *first = malloc(101);
    walls[0] = wall(501); /* keeps it from growing where it is */
    stale = malloc(103);
    walls[1] = wall(501);
    kept = followed(first);
    MUST(not_followed(stale) != stale);
    same = in_place(malloc(31));
}

int main(void)
{
    build();
    forget();
    return 0;
}
