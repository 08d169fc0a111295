/* deep_stack_whole.c: with room for them (depth=512), all 400 frames are there, to main and beyond.
 *
 * EXPECT unfreed function=malloc in=leak blocks=3 bytes=111
 * RUN options=depth=512
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
    for (int i = 0; i < 3; i++)
        dive(400);
    return 0;
}
