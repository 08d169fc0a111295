/* constructor_allocates.c: constructors run before main, those of libraries before the preload's
 * own: their blocks count, though what is called by ld.so itself comes too early for
 * whole stacks.
 *
 * EXPECT unfreed function=malloc in=construct blocks=23 bytes=851
 * EXPECT unfreed function=malloc in=construct_early blocks=3 bytes=123
 * EXPECT trace.truncated_stacks<=3
 */
#include "victim.h"

__attribute__((constructor, noinline)) static void construct(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

static void construct_early(void)
{
    for (int i = 0; i < 3; i++)
        KEEP(malloc(41));
}

/* what ld.so calls before any constructor */
__attribute__((section(".preinit_array"), used)) static void (*early)(void) = construct_early;

int main(void)
{
    return 0;
}
