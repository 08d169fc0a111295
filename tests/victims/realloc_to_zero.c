/* realloc_to_zero.c: realloc(p, 0) is a free in glibc (NULL comes back), a new block of no bytes
 * elsewhere. Whatever comes back is freed: nothing is left in either case.
 *
 * EXPECT unfreed function=malloc in=main blocks=3 bytes=159
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include "victim.h"

int main(void)
{
    volatile size_t zero = 0;
    for (int i = 0; i < 29; i++) {
        void *block = malloc(53);
        KEEP(block);
        void *left = i % 2 ? realloc(block, zero) : reallocarray(block, zero, 41);
        KEEP(left);
        free(left);
    }
    for (int i = 0; i < 3; i++)
        KEEP(malloc(53)); /* at addresses that realloc has given back */
    return 0;
}
