/* A block is freed, and resized then.
 *
 * EXPECT kind=double-free function=realloc in=grow allocated=main freed=main bytes=24
 * VALGRIND Invalid free\(\)
 * ASAN attempting double-free
 */
#include "case.h"

static FRAME void *grow(void *block)
{
    block = realloc(block, 100);
    HIDE(block);
    return block;
}

int main(int argc, char **argv)
{
    void *block = malloc(24), *wall = malloc(24); /* so that it cannot grow where it is */
    HIDE(block);
    HIDE(wall);
    if (is_wrong(argc, argv)) {
        void *same = block;
        HIDE(same);
        free(same);
    }
    free(grow(block));
    return 0;
}
