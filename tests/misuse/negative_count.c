/* calloc of a negative number of elements.
 *
 * EXPECT kind=impossible-size function=calloc in=get said=-3
 * VALGRIND fishy \(possibly negative\) value: -3
 * ASAN requested allocation size 0xfffffffffffffffd
 */
#include "case.h"

static FRAME void *get(size_t count, size_t bytes)
{
    void *block = calloc(count, bytes);
    HIDE(block);
    return block;
}

int main(int argc, char **argv)
{
    long count = is_wrong(argc, argv) ? 4 - 7 : 4;
    HIDE(count);
    free(get((size_t)count, 1));
    return 0;
}
