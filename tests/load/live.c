/* live.c COUNT: each step makes COUNT small blocks more, of 8 to 24 bytes, and none is freed: an
 * allocator's 32 bytes for each. Every second one is held by the one made before it, back to a
 * global; the others are lost, so that the scan at the end has a chain of half of them to follow.
 */
#include "load.h"

struct link {
    struct link *next;
};

static struct link *chain;

FRAME struct link *held(size_t bytes)
{
    struct link *block = malloc(size_at(0, bytes));
    KEEP(block);
    return block;
}

FRAME void *lost(size_t bytes)
{
    void *block = malloc(size_at(1, bytes));
    KEEP(block);
    return block;
}

int main(int argc, char **argv)
{
    MUST(argc == 2);
    const long count = number(argv[1]);
    make_lasting();
    say("ready\n");
    for (long live = LASTING_BLOCKS; next_step();) {
        for (long i = 0; i < count; i += 2) {
            struct link *block = held(8 + i % 3 * 8);
            MUST(block && lost(i % 2 * 8));
            block->next = chain;
            chain = block;
        }
        live += (count + 1) / 2 * 2;
        say("done operations=%ld live=%ld lost=%ld\n", count, live, (live - LASTING_BLOCKS) / 2);
    }
    return 0;
}
