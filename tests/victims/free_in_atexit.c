/* free_in_atexit.c: atexit and on_exit handlers, a destructor function: all of them run after main
 * and free; the last of them also allocates.
 *
 * EXPECT unfreed function=malloc in=destroy blocks=2 bytes=82
 * EXPECT unfreed function=malloc in=main blocks=1 bytes=37
 */
#include "victim.h"

static void *blocks[4];

static void at_exit(void)
{
    free(blocks[0]);
}

static void on_exit_too(int status, void *block)
{
    (void)status;
    free(block);
}

__attribute__((destructor, noinline)) static void destroy(void)
{
    free(blocks[2]);
    for (int i = 0; i < 2; i++)
        KEEP(malloc(41));
}

int main(void)
{
    for (int i = 0; i < 4; i++)
        KEEP(blocks[i] = malloc(37));
    MUST(atexit(at_exit) == 0);
    MUST(on_exit(on_exit_too, blocks[1]) == 0);
    return 0;
}
