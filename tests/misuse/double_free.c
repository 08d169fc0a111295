/* A block is freed, and freed again; innocent: it is given out again in between.
 *
 * EXPECT kind=double-free function=free in=give_again allocated=get freed=give bytes=24
 * VALGRIND Invalid free\(\)
 * ASAN attempting double-free
 */
#include "case.h"

static FRAME void *get(void)
{
    void *block = malloc(24);
    HIDE(block);
    return block;
}

static FRAME void give(void *block)
{
    free(block);
    STAY();
}

static FRAME void give_again(void *block)
{
    free(block);
    STAY();
}

int main(int argc, char **argv)
{
    void *block = get();
    give(block);
    if (!is_wrong(argc, argv))
        block = get();
    HIDE(block);
    give_again(block);
    return 0;
}
