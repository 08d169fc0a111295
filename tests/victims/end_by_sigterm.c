/* end_by_sigterm.c: a signal whose default is death.
 *
 * EXPECT status=SIGTERM
 * EXPECT process.end=killed
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT unfreed function=calloc in=main blocks=3 bytes=123
 */
#include <signal.h>
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

int main(void)
{
    leak();
    for (int i = 0; i < 3; i++)
        KEEP(calloc(1, 41));
    return raise(SIGTERM);
}
