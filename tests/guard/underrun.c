/* The byte before a block is written.
 *
 * GUARD kind=overrun in=give allocated=main bytes=32 offset=-1
 * LEFT kind=out-of-bounds access=write in=put allocated=main bytes=32 offset=-1
 * CANARY nothing
 * VALGRIND Invalid write of size 1
 * ASAN heap-buffer-overflow
 * ELSEWHERE put
 */
#include "../misuse/case.h"

static FRAME void put(char *block, long at)
{
    ((volatile char *)block)[at] = 0;
}

static FRAME void give(char *block)
{
    free(block);
    STAY();
}

int main(int argc, char **argv)
{
    char *block = malloc(32);
    HIDE(block);
    put(block, is_wrong(argc, argv) ? -1 : 0);
    give(block);
    return 0;
}
