/* stack_over_aligned.c: frames that align their stack pointer, or take memory of a size known only
 * at run time, find their caller by an expression, not by a constant distance.
 *
 * EXPECT unfreed function=malloc in=leak blocks=211 bytes=7807 via=leak<aligned<sized<main
 */
#include <alloca.h>
#include "victim.h"

FRAME void leak(void)
{
    KEEP(malloc(37));
}

FRAME void aligned(int round)
{
    _Alignas(256) char line[256];
    line[0] = (char)round;
    KEEP(line);
    leak();
    KEEP(line);
}

FRAME void sized(int round)
{
    char *room = alloca((size_t)round * 13 + 1);
    KEEP(room);
    aligned(round);
    KEEP(room);
}

int main(void)
{
    for (int i = 0; i < 211; i++)
        sized(i);
    return 0;
}
