/* realloc_fails.c: a realloc that fails leaves the old block alive: it is still the leak of the
 * line that made it. The same for reallocarray, whose product overflows.
 *
 * EXPECT unfreed function=malloc in=main blocks=19 bytes=1007
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include "victim.h"

int main(void)
{
    volatile size_t huge = PTRDIFF_MAX - 37;
    for (int i = 0; i < 19; i++) {
        char *block = malloc(53);
        strcpy(block, "still here");
        void *moved = i % 2 ? realloc(block, huge) : reallocarray(block, huge, 41);
        MUST(moved == NULL);
        MUST(strcmp(block, "still here") == 0);
    }
    return 0;
}
