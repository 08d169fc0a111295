/* A length that went below zero is asked for.
 *
 * EXPECT kind=impossible-size function=malloc in=get said=-3
 * VALGRIND fishy \(possibly negative\) value: -3
 * ASAN requested allocation size 0xfffffffffffffffd
 */
#include "case.h"

static FRAME void *get(size_t bytes)
{
    void *block = malloc(bytes);
    HIDE(block);
    return block;
}

int main(int argc, char **argv)
{
    long length = is_wrong(argc, argv) ? 4 - 7 : 4000;
    HIDE(length);
    free(get((size_t)length));
    return 0;
}
