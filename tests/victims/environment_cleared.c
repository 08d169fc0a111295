/* environment_cleared.c: a program that clears its environment before it allocates anything.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851 via=leak<main
 */
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

int main(void)
{
    clearenv();
    leak();
    return 0;
}
