/* stack_inlined.c: functions that were inlined are frames of the report too.
 *
 * EXPECT unfreed function=malloc in=innermost blocks=5 bytes=185 via=innermost<middle<outermost<main
 * RUN valgrind=no
 */
#include "victim.h"

#define INLINED static inline __attribute__((always_inline))

INLINED void innermost(void)
{
    KEEP(malloc(37));
}

INLINED void middle(void)
{
    innermost();
}

FRAME void outermost(void)
{
    for (int i = 0; i < 5; i++)
        middle();
}

int main(void)
{
    outermost();
    return 0;
}
