/* A block is resized to nothing, which C23 leaves undefined. Valgrind says so from 3.21 on.
 *
 * EXPECT kind=zero-size function=realloc in=shrink allocated=main bytes=53
 */
#include "case.h"

static FRAME void *shrink(void *block, size_t bytes)
{
    block = realloc(block, bytes);
    HIDE(block);
    return block;
}

int main(int argc, char **argv)
{
    void *block = malloc(53);
    HIDE(block);
    free(shrink(block, is_wrong(argc, argv) ? 0 : 1));
    return 0;
}
