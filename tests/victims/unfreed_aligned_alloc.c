/* unfreed_aligned_alloc.c: blocks of aligned_alloc, all from one line, never freed.
 *
 * EXPECT unfreed function=aligned_alloc in=leak blocks=17 bytes=3264
 */
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 17; i++)
        KEEP(aligned_alloc(64, 192));
}

int main(void)
{
    leak();
    return 0;
}
