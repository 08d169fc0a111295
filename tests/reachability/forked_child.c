/* forked_child.c: a child has its own blocks lost and kept; what it inherited is not its leak, and
 * what it stores there is kept.
 *
 * EXPECT reachable under=inherited blocks=1 bytes=800
 * EXPECT definite under=lost_by_parent blocks=1 bytes=101
 * EXPECT child definite under=lost_by_child blocks=1 bytes=103
 * EXPECT child reachable under=kept_by_child blocks=1 bytes=107
 * EXPECT child reachable under=in_inherited_block blocks=1 bytes=109
 * EXPECT children=1
 */
#include <sys/wait.h>
#include "case.h"

OBJECT(inherited)
OBJECT(lost_by_parent)
OBJECT(lost_by_child)
OBJECT(kept_by_child)
OBJECT(in_inherited_block)

void **table, *kept;

STEP void live_as_child(void)
{
    lost_by_child(103);
    kept = kept_by_child(107);
    table[70] = in_inherited_block(109);
}

int main(void)
{
    table = inherited(800);
    lost_by_parent(101);
    pid_t child = fork();
    MUST(child >= 0);
    if (child == 0)
        live_as_child();
    else
        MUST(waitpid(child, NULL, 0) == child);
    forget();
    return 0;
}
