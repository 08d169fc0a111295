/* ifunc_allocates.c: a resolver of an indirect function runs while ld.so relocates the program,
 * before any constructor; it mallocs, grows and frees. Nothing can be unwound as early as that.
 *
 * EXPECT unfreed in=resolve blocks=2 bytes=any
 * EXPECT unfreed function=malloc in=main blocks=3 bytes=111
 * EXPECT trace.truncated_stacks<=4
 * RUN valgrind=no
 * RUN needs=early_malloc
 */
#include "victim.h"

static void *early, *grown;

static int one(void)
{
    return 1;
}

__attribute__((used)) static int (*resolve(void))(void)
{
    early = malloc(37);
    grown = realloc(malloc(41), 4099);
    make_and_free(43);
    return one;
}

int chosen(void) __attribute__((ifunc("resolve")));

int main(void)
{
    for (int i = 0; i < 3; i++)
        KEEP(malloc(37));
    say("%d\n", chosen());
    KEEP(early);
    KEEP(grown);
    return 0;
}
