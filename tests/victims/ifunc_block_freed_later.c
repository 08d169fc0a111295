/* ifunc_block_freed_later.c: blocks made before the real functions were known are grown and freed
 * when they are.
 *
 * EXPECT unfreed function=realloc in=main blocks=1 bytes=997
 * EXPECT trace.truncated_stacks<=3
 * RUN valgrind=no
 * RUN needs=early_malloc
 */
#include <malloc.h>
#include "victim.h"

static char *early[3];

static int one(void)
{
    return 1;
}

__attribute__((used)) static int (*resolve(void))(void)
{
    for (int i = 0; i < 3; i++)
        early[i] = calloc(1, 37);
    return one;
}

int chosen(void) __attribute__((ifunc("resolve")));

int main(void)
{
    MUST(chosen() == 1);
    MUST(malloc_usable_size(early[0]) >= 37);
    strcpy(early[0], "from the time before");
    early[0] = realloc(early[0], 997);
    MUST(strcmp(early[0], "from the time before") == 0);
    KEEP(early[0]);
    free(early[1]);
    free(realloc(early[2], 101));
    return 0;
}
