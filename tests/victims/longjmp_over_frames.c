/* longjmp_over_frames.c: longjmp leaves frames without returning from them. A stack taken after it
 * must not be built from what was remembered of the frames that are gone.
 *
 * EXPECT unfreed function=malloc in=leak blocks=101 bytes=3737 via=leak<deep<deep<deep<deep<main
 * EXPECT unfreed function=malloc in=leak_flat blocks=101 bytes=4141 via=leak_flat<flat<main
 */
#include <setjmp.h>
#include "victim.h"

static jmp_buf place;
static volatile int armed = 1;

FRAME void leak(void)
{
    KEEP(malloc(37));
}

FRAME int deep(int left)
{
    if (left == 0) {
        leak();
        if (armed)
            longjmp(place, 1);
        return 0;
    }
    int result = deep(left - 1);
    KEEP(&result);
    return result + 1;
}

FRAME void leak_flat(void)
{
    KEEP(malloc(41));
}

FRAME void flat(void)
{
    leak_flat();
    KEEP(&place);
}

int main(void)
{
    for (volatile int i = 0; i < 101; i = i + 1) {
        if (setjmp(place) == 0)
            deep(3);
        flat();
    }
    return 0;
}
