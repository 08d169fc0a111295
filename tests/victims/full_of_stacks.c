/* full_of_stacks.c: more different stacks than the trace has room for. What was lost is counted,
 * among the calls too.
 *
 * EXPECT any
 * EXPECT trace.lost_blocks=any trace.lost_stacks>=1000
 * EXPECT calls malloc=65536 free=65536
 * RUN limit.fsize=1048576
 * RUN valgrind=no
 * RUN verify=no
 */
#include "victim.h"

/* Two ways to go at each depth: 2^depth stacks. */
FRAME void descend(int depth)
{
    if (depth == 0) {
        make_and_free(37);
        return;
    }
    descend(depth - 1);
    KEEP(&depth);
    descend(depth - 1);
    KEEP(&depth);
}

int main(void)
{
    descend(16);
    return 0;
}
