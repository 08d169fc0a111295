/* An array of the caller's is freed; innocent: what lies there is a copy of a block's address.
 *
 * EXPECT kind=invalid-free function=free in=give place=stack
 * VALGRIND Invalid free\(\)
 * ASAN attempting free on address which was not malloc
 */
#include "case.h"

static FRAME void give(void *address)
{
    free(address);
    STAY();
}

int main(int argc, char **argv)
{
    char room[128];
    void *address = is_wrong(argc, argv) ? room + 32 : malloc(32);
    memset(room, 0, sizeof room);
    HIDE(address);
    give(address);
    return 0;
}
