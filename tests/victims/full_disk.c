/* full_disk.c: the file system of the trace has 384 KiB. What fits is recorded, the rest is counted
 * as lost, and no SIGBUS comes.
 *
 * EXPECT any
 * EXPECT trace.lost_blocks>=1000
 * EXPECT totals.unfreed_blocks>=1000
 * RUN tmpfs=384k
 * RUN valgrind=no
 */
#include "victim.h"

int main(void)
{
    for (int i = 0; i < 200003; i++)
        KEEP(malloc(37));
    say("alive\n");
    return 0;
}
