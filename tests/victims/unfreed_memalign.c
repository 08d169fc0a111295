/* unfreed_memalign.c: blocks of memalign, all from one line, never freed.
 *
 * EXPECT unfreed function=memalign in=leak blocks=19 bytes=1007
 */
#include <malloc.h>
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 19; i++)
        KEEP(memalign(128, 53));
}

int main(void)
{
    leak();
    return 0;
}
