/* held_on_main_stack.c: exit is called deep inside: all callers' variables are still alive.
 *
 * EXPECT reachable under=in_frame blocks=7 bytes=707
 */
#include "case.h"

OBJECT(in_frame)

static void (*volatile end)(int) = exit;

STEP void descend(int levels)
{
    void *volatile held = in_frame(101);
    if (levels > 1)
        descend(levels - 1);
    else
        end(0);
    KEEP(held);
}

int main(void)
{
    descend(7);
    return 1;
}
