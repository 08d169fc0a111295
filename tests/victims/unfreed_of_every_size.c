/* unfreed_of_every_size.c: one block of each size from 1 to 4099 bytes, and every third one freed.
 *
 * EXPECT unfreed function=malloc in=leak blocks=2733 bytes=5601967
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include "victim.h"

static void *blocks[4100];

FRAME void leak(void)
{
    for (size_t size = 1; size < 4100; size++)
        KEEP(blocks[size] = malloc(size));
    for (size_t size = 3; size < 4100; size += 3)
        free(blocks[size]);
}

int main(void)
{
    leak();
    return 0;
}
