/* many_live_blocks.c: a million live blocks, and two million that lived: the trace grows with what
 * is alive.
 *
 * EXPECT unfreed function=malloc in=main blocks=1000003 bytes=23000069
 * EXPECT trace_bytes<=33554432
 * RUN valgrind=no
 * RUN verify=no
 */
#include "victim.h"

int main(void)
{
    for (int i = 0; i < 1000003; i++) {
        void *block = malloc(37);
        KEEP(block);
        free(block);
        KEEP(malloc(23));
    }
    return 0;
}
