/* proof.c: see proof.h.
 *
 * Law 1 says that hooks call no malloc: it may be in the middle of a call that a signal has
 * interrupted, or be called by one of ours. Here the program has that moment asked its allocator
 * for a block, in this very place, and got it: it can be asked again. It is asked as the program
 * asks, by the first definition of malloc in the order of ld.so. If that is not the hook, no record
 * comes of it, and that is what is to be found out.
 *
 * Nothing may keep a proof block by accident. It is asked for on a stack of the tracer's, which is no
 * root, so that no copy of its address lies where the program's frames will be. A forked child is
 * given blocks that have been others' before, to which stale pointers may lead: so there are
 * several, of different sizes, of which one suffices. They are cleared, for what they hold would
 * else be lost with them. No size reaches into the next chunk of glibc's heap, whose top is a root.
 */
#include "proof.h"

#include <errno.h>
#include <string.h>
#include "blocks.h"
#include "elf_lookup.h"
#include "options.h"
#include "sandbox.h"

static const uint8_t sizes[MT_PROOFS] = {29, 45, 61, 93};

static void *(*program_malloc)(size_t); /* NULL: not found */

void mt_proof_start(void)
{
    const struct link_map *first = mt_elf_first();
    struct mt_symbol found = mt_elf_find_in(first, "malloc");
    if (!found.address)
        found = mt_elf_find_after(first, "malloc");
    *(void **)&program_malloc = found.address;
}

static void plant(void *unused)
{
    (void)unused;
    for (int i = 0; i < MT_PROOFS; i++) {
        void *volatile block = program_malloc(sizes[i]);
        if (!block)
            continue;
        memset(block, 0, sizes[i]);
        mt_process->header->proofs++;
    }
}

void mt_proof_plant(struct mt_thread_state *thread)
{
    if (thread->busy || thread->inner_start || !mt_process_open_stacks())
        return;
    thread->way &= ~(uint32_t)MT_WAY_PROOF;
    if (!program_malloc || mt_sandbox_is_on() ||
        __atomic_exchange_n(&mt_process->proofs_begun, 1, __ATOMIC_RELAXED))
        return;
    const int errno_before = errno;
    thread->way |= MT_WAY_PLANTS;
    mt_process_run_aside(plant, NULL);
    thread->way &= ~(uint32_t)MT_WAY_PLANTS;
    errno = errno_before;
}

/* All have one stack, which nothing else has: an address of ours. The thread's sums go on as if
 * there were no such block. */
void mt_proof_note(struct mt_thread_state *thread, void *block, size_t size_bytes)
{
    struct mt_thread *record = thread->record;
    const int64_t live_high = record->live_high;
    const uint32_t stack = mt_stack_of_caller((uintptr_t)plant + 1, MT_FN_MALLOC);
    uint64_t *place = mt_block_place(thread, block);
    if (!stack || !place)
        return;
    mt_process->header->proof_stack = stack;
    mt_block_insert(thread, place, block, size_bytes, stack);
    mt_thread_add(&record->allocated_bytes, -(uint64_t)size_bytes);
    record->live_high = live_high;
}
