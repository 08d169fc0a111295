/* unfreed_realloc.c: realloc of NULL is an allocation like any other.
 *
 * EXPECT unfreed function=realloc in=leak blocks=11 bytes=781
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include "victim.h"

static void *volatile nothing; /* realloc(NULL, …) would be compiled as malloc */

FRAME void leak(void)
{
    for (int i = 0; i < 11; i++)
        KEEP(realloc(nothing, 71));
}

int main(void)
{
    leak();
    return 0;
}
