/* deep_recursion.c: stacks deeper than the option depth are cut there, and marked so.
 *
 * EXPECT unfreed function=malloc in=leak blocks=19 bytes=703 via=leak<dive<dive<dive<dive
 * EXPECT trace.truncated_stacks=19
 * RUN options=depth=7
 */
#include "victim.h"

FRAME void leak(void)
{
    KEEP(malloc(37));
}

FRAME int dive(int left)
{
    if (left == 0)
        leak();
    int result = left ? dive(left - 1) : 0;
    KEEP(&result);
    return result;
}

int main(void)
{
    for (int i = 0; i < 19; i++)
        dive(40);
    return 0;
}
