/* unfreed_pvalloc.c: blocks of pvalloc, all from one line, never freed.
 *
 * EXPECT unfreed function=pvalloc in=leak blocks=5 bytes=305
 * RUN valgrind=no
 */
#include <malloc.h>
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 5; i++)
        KEEP(pvalloc(61));
}

int main(void)
{
    leak();
    return 0;
}
