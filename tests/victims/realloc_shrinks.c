/* realloc_shrinks.c: a block that shrinks stays where it is and counts with its new size. What was
 * cut off is given to others.
 *
 * EXPECT calls realloc=17
 * EXPECT unfreed function=realloc in=shrink blocks=17 bytes=629
 * EXPECT unfreed function=malloc in=main blocks=17 bytes=8517
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include "victim.h"

FRAME void shrink(void *block)
{
    KEEP(realloc(block, 37));
}

int main(void)
{
    static void *blocks[17];
    for (int i = 0; i < 17; i++)
        KEEP(blocks[i] = malloc(5003));
    for (int i = 0; i < 17; i++)
        shrink(blocks[i]);
    for (int i = 0; i < 17; i++)
        KEEP(malloc(501));
    return 0;
}
