/* realloc_in_place.c: a block that grows where it is: same address, new size, new stack.
 *
 * EXPECT unfreed function=realloc in=grow blocks=1 bytes=70001
 */
#include "victim.h"

FRAME void grow(char **block, size_t size)
{
    *block = realloc(*block, size);
    KEEP(*block);
}

int main(void)
{
    make_and_free(37); /* what is set up by a first call does not come in between */
    char *block = malloc(60007), *first = block; /* too large for any gap: the last of the heap */
    for (size_t size = 60013; size < 70001; size += 101)
        grow(&block, size);
    grow(&block, 70001);
    MUST(block == first);
    return 0;
}
