/* unfreed_reallocarray.c: blocks of reallocarray, all from one line, never freed.
 *
 * EXPECT unfreed function=reallocarray in=leak blocks=31 bytes=3999
 */
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 31; i++)
        KEEP(reallocarray(NULL, 3, 43));
}

int main(void)
{
    leak();
    return 0;
}
