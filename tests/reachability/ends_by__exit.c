/* ends_by__exit.c: _exit runs no handler and so no scan: no verdict is given.
 *
 * EXPECT unclassified under=lost blocks=1 bytes=101
 * EXPECT unclassified under=kept blocks=1 bytes=103
 * EXPECT process.end=any
 * DIFFERS valgrind lost: definite 1: it sees every instruction, the last as well
 * DIFFERS valgrind kept: reachable 1: it sees every instruction, the last as well
 */
#include "case.h"

OBJECT(lost)
OBJECT(kept)

void *held;

int main(void)
{
    lost(101);
    held = kept(103);
    forget();
    _exit(0);
}
