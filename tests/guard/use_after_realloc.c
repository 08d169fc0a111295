/* The old address of a block that has been given another size is written to.
 *
 * GUARD kind=use-after-free access=write in=put allocated=main freed=grow bytes=100 offset=50
 * LEFT kind=use-after-free access=write in=put allocated=main freed=grow bytes=100 offset=50
 * CANARY nothing
 * VALGRIND Invalid write of size 1
 * ASAN heap-use-after-free
 * ELSEWHERE main
 */
#include "../misuse/case.h"

static FRAME void put(char *block)
{
    ((volatile char *)block)[50] = 'x';
    STAY();
}

static FRAME char *grow(char *block)
{
    char *moved = realloc(block, 70000); /* moves with every allocator */
    HIDE(moved);
    return moved;
}

int main(int argc, char **argv)
{
    char *block = malloc(100), *keeper = malloc(100);
    HIDE(block);
    HIDE(keeper);
    memset(block, 'y', 100);
    char *moved = grow(block);
    if (moved[99] != 'y')
        return 1;
    put(is_wrong(argc, argv) ? block : moved);
    free(moved);
    free(keeper);
    return 0;
}
