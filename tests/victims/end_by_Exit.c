/* end_by_Exit.c: ISO C's _Exit is _exit by another name.
 *
 * EXPECT status=9
 * EXPECT process.end=exited process.exit_status=9
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
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
    _Exit(9);
}
