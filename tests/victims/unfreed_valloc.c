/* unfreed_valloc.c: blocks of valloc, all from one line, never freed.
 *
 * EXPECT calls valloc=7
 * EXPECT unfreed function=valloc in=leak blocks=7 bytes=413
 */
#include <malloc.h>
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 7; i++)
        KEEP(valloc(59));
}

int main(void)
{
    leak();
    return 0;
}
