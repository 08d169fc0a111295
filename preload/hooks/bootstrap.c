/* bootstrap.c: bump allocation in a static array. Works before this library is relocated: it uses
 * nothing but its own zero-initialised data. One thread at that time, so no atomics.
 *
 *   | head | block … | head | block … |      a head is 16 bytes: size, caller
 */
#include "bootstrap.h"

struct head {
    uint64_t bytes;
    uintptr_t caller;
};

char mt_bootstrap_arena[MT_BOOTSTRAP_BYTES] __attribute__((aligned(4096)));
static size_t used;           /* bytes of the arena */
static uint32_t starts[1024]; /* offsets of the blocks */
static unsigned count;

void *mt_bootstrap_alloc(size_t bytes, size_t alignment)
{
    if (alignment < 16)
        alignment = 16;
    const size_t start = (used + sizeof(struct head) + alignment - 1) & ~(alignment - 1);
    if (bytes > MT_BOOTSTRAP_BYTES || alignment > 4096 || start > MT_BOOTSTRAP_BYTES - bytes ||
        count == sizeof starts / sizeof *starts)
        return NULL;
    used = start + (bytes ? bytes : 1);
    starts[count++] = (uint32_t)start;
    char *block = mt_bootstrap_arena + start;
    ((struct head *)block)[-1] = (struct head){bytes, 0};
    return block;
}

size_t mt_bootstrap_size(const void *block)
{
    return ((const struct head *)block)[-1].bytes;
}

void mt_bootstrap_note_caller(void *block, uintptr_t caller)
{
    ((struct head *)block)[-1].caller = caller;
}

void mt_bootstrap_each(void (*visit)(void *block, size_t bytes, uintptr_t caller))
{
    for (unsigned i = 0; i < count; i++) {
        char *block = mt_bootstrap_arena + starts[i];
        const struct head *head = (const struct head *)block - 1;
        visit(block, head->bytes, head->caller);
    }
}
