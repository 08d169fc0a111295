/* mapping_break.c: a program that moves the break itself, as old allocators do. What one place asks
 * for, step by step, is one mapping; what it gives back is gone.
 *
 * EXPECT mapped function=sbrk in=grow mappings=1 bytes=1111 kind=brk
 * EXPECT mapped function=brk in=set mappings=1 bytes=5003 kind=brk
 */
#include "victim.h"

FRAME void grow(void)
{
    volatile int steps = 11; /* unknown, or clang makes eleven places of the one */
    for (int i = 0; i < steps; i++)
        MUST(sbrk(101) != (void *)-1);
}

FRAME void set(void)
{
    MUST(brk((char *)sbrk(0) + 7001) == 0);
    MUST(brk((char *)sbrk(0) - 1997) == 0);
    MUST(sbrk(-1) != (void *)-1);
}

int main(void)
{
    make_and_free(37); /* malloc's own heap begins below */
    grow();
    set();
    return 0;
}
