/* realloc_in_place.c: a block that grows where it is: same address, new size, new stack.
 *
 * EXPECT unfreed function=realloc in=grow blocks=1 bytes=9973
 */
#include "victim.h"

FRAME void grow(char **block, size_t size)
{
    *block = realloc(*block, size);
    KEEP(*block);
}

int main(void)
{
    char *block = malloc(37), *first = block; /* the last block of the heap: nothing behind it */
    for (size_t size = 101; size < 9973; size += 101)
        grow(&block, size);
    grow(&block, 9973);
    MUST(block == first);
    return 0;
}
