/* unfreed_calloc.c: blocks of calloc, all from one line, never freed.
 *
 * EXPECT unfreed function=calloc in=leak blocks=29 bytes=2378
 */
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 29; i++)
        KEEP(calloc(2, 41));
}

int main(void)
{
    leak();
    return 0;
}
