/* realloc_moves.c: each block grows in steps past its neighbour and moves. One block stays per
 * chain, with its last size; the places it had before are free, and are given to others.
 *
 * EXPECT unfreed function=realloc in=grow blocks=13 bytes=13273
 * EXPECT unfreed function=malloc in=wall blocks=481 bytes=11063
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include "victim.h"

FRAME void wall(void)
{
    KEEP(malloc(23)); /* behind each block, so that it cannot grow where it is */
}

FRAME void grow(void)
{
    char *block = NULL;
    for (size_t size = 37; size <= 1021; size += 27) {
        block = realloc(block, size);
        KEEP(block);
        wall();
    }
    MUST((block = realloc(block, 1021)));
}

int main(void)
{
    for (int i = 0; i < 13; i++)
        grow();
    return 0;
}
