/* Of a block that lives when the program ends.
 *
 * GUARD kind=overrun in= allocated=main bytes=24 offset=24
 * LEFT kind=overrun in= allocated=main bytes=24 offset=24
 * CANARY kind=overrun in= allocated=main bytes=24 offset=24
 * VALGRIND Invalid write of size 1
 * ASAN heap-buffer-overflow
 * ELSEWHERE put
 */
#include "../misuse/case.h"

static char *kept;

static FRAME void put(int at)
{
    ((volatile char *)kept)[at] = 1;
}

int main(int argc, char **argv)
{
    kept = malloc(24);
    HIDE(kept);
    put(is_wrong(argc, argv) ? 24 : 23);
    return 0;
}
