/* no_disk_at_all.c: a file system with one page: too little for any trace.
 *
 * EXPECT any
 * EXPECT trace.lost_blocks>=0
 * EXPECT process.end=any
 * EXPECT stderr any
 * EXPECT trace optional
 * RUN tmpfs=4k
 * RUN valgrind=no
 */
#include "victim.h"

int main(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
    say("alive\n");
    return 0;
}
