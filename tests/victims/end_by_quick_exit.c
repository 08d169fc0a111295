/* end_by_quick_exit.c: quick_exit runs handlers of its own kind only.
 *
 * EXPECT status=7
 * EXPECT process.end=exited
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT unfreed function=calloc in=main blocks=3 bytes=123
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
    for (int i = 0; i < 3; i++)
        KEEP(calloc(1, 41));
    quick_exit(7);
}
