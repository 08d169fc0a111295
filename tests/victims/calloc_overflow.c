/* calloc_overflow.c: a product that does not fit fails, and fails without a record.
 *
 * EXPECT unfreed function=calloc in=main blocks=3 bytes=369
 * RUN with=jemalloc,tcmalloc,mimalloc
 * RUN valgrind=no
 */
#include "victim.h"

int main(void)
{
    volatile size_t half = SIZE_MAX / 2 + 2;
    for (int i = 0; i < 23; i++) {
        void *block = calloc(half, 2); /* 2 bytes, if nobody looks */
        KEEP(block);                   /* clang takes a call away of which no more is asked */
        MUST(block == NULL);
        block = reallocarray(NULL, half, 2);
        KEEP(block);
        MUST(block == NULL);
    }
    for (int i = 0; i < 3; i++)
        KEEP(calloc(3, 41));
    return 0;
}
