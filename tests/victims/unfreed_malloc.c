/* unfreed_malloc.c: blocks of malloc, all from one line, never freed.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

int main(void)
{
    leak();
    return 0;
}
