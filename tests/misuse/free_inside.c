/* A pointer that has moved on is freed; innocent: it is moved back before.
 *
 * EXPECT kind=inner-free function=free in=give allocated=main bytes=1000 offset=48
 * VALGRIND Invalid free\(\)
 * ASAN attempting free on address which was not malloc
 */
#include "case.h"

static FRAME void give(char *address)
{
    free(address);
    STAY();
}

int main(int argc, char **argv)
{
    char *block = malloc(1000);
    HIDE(block);
    block += 48;
    HIDE(block);
    give(is_wrong(argc, argv) ? block : block - 48);
    return 0;
}
