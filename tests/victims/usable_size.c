/* usable_size.c: malloc_usable_size says what it says without the tracer, and all of those bytes
 * may be written; the report counts the bytes that were asked for.
 *
 * EXPECT calls malloc_usable_size=6
 * EXPECT unfreed function=malloc in=leak blocks=5 bytes=10243
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include <malloc.h>
#include "victim.h"

FRAME void leak(size_t size)
{
    char *block = malloc(size);
    __asm__("" : "+r"(block)); /* hardened (_FORTIFY_SOURCE 3), memset knows what was asked for */
    size_t usable = malloc_usable_size(block);
    memset(block, 0xa5, usable);
    say("%zu asked, %zu usable\n", size, usable);
}

int main(void)
{
    leak(1);
    leak(37);
    leak(101);
    leak(1009);
    leak(9095);
    say("of NULL: %zu\n", malloc_usable_size(NULL));
    return 0;
}
