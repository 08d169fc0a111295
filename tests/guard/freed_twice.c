/* A block is freed again, when its place is another's: the allocator sees nothing wrong.
 *
 * GUARD kind=double-free in=main allocated=main freed=give_back bytes=72 offset=0
 * LEFT kind=double-free in=main allocated=main freed=give_back bytes=72 offset=0
 * CANARY nothing
 * ASAN double-free
 */
#include "../misuse/case.h"

static FRAME void give_back(char *block)
{
    free(block);
    STAY();
}

int main(int argc, char **argv)
{
    char *block = malloc(72);
    HIDE(block);
    give_back(block);
    char *next = malloc(72);
    HIDE(next);
    free(is_wrong(argc, argv) ? block : next);
    return 0;
}
