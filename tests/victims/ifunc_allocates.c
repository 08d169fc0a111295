/* ifunc_allocates.c: a resolver of an indirect function runs while ld.so relocates the program,
 * before any constructor; it mallocs, grows and frees, and asks for blocks at round addresses. Nothing can be unwound as early as that.
 *
 * EXPECT unfreed in=resolve blocks=4 bytes=any
 * EXPECT unfreed function=malloc in=main blocks=3 bytes=111
 * EXPECT trace.truncated_stacks<=6
 * RUN valgrind=no
 */
#include <malloc.h>
#include <stdint.h>
#include "victim.h"

static void *early, *grown, *line, *page;

static int one(void)
{
    return 1;
}

__attribute__((used)) static int (*resolve(void))(void)
{
    early = malloc(37);
    grown = realloc(malloc(41), 4099);
    make_and_free(43);
    line = aligned_alloc(64, 64);
    page = memalign(4096, 47);
    return one;
}

int chosen(void) __attribute__((ifunc("resolve")));

int main(void)
{
    for (int i = 0; i < 3; i++)
        KEEP(malloc(37));
    say("%d\n", chosen());
    MUST((uintptr_t)line % 64 == 0 && (uintptr_t)page % 4096 == 0);
    KEEP(early);
    KEEP(grown);
    return 0;
}
