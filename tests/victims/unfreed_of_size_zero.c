/* unfreed_of_size_zero.c: malloc(0) gives a block; a block of no bytes can be forgotten as well.
 *
 * EXPECT unfreed function=malloc in=leak blocks=7 bytes=0
 * EXPECT unfreed function=calloc in=leak blocks=5 bytes=0
 */
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 7; i++)
        KEEP(malloc(0));
    for (int i = 0; i < 5; i++)
        KEEP(calloc(0, 41));
}

int main(void)
{
    leak();
    return 0;
}
