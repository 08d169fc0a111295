/* misuse.c: takes a call of the allocator and the record of its block, gives a misuse to errors.c
 * where the call is wrong.
 *
 * What is said must be true: the table knows each block that came through the hooks, and where it
 * cannot know, nothing is said. An address without a record is a mistake only if no block could
 * have escaped us: not in a forked child, which has inherited blocks; not after anything was lost;
 * not with an allocator that has entry points of its own (tc_malloc, mi_malloc). An address that
 * was released before and has not been given again (released.c) is a mistake even there, unless
 * blocks have come from elsewhere before. Once a new block stood where a live one was, some module
 * goes past the hooks, and no record is trusted any more. */
#include "misuse.h"

#include "block_search.h"
#include "blocks.h"
#include "bootstrap.h"
#include "elf_lookup.h"
#include "errors.h"
#include "extents.h"
#include "hot.h"
#include "line.h"
#include "modules.h"
#include "nodes.h"
#include "options.h"
#include "place.h"
#include "real.h"
#include "released.h"
#include "stop.h"
#include "vanished.h"

enum { MALLOC_ALIGNMENT = 16 }; /* forms that take no alignment say this one (hooks_cxx.c) */

static int is_on;        /* in this trace */
static int new_is_known; /* operator new and delete are one object's, behind our hooks */
static uintptr_t new_start, new_end; /* that object */

/* ---- life ---- */

/* A program that replaces operator new or delete, or half of them, has its own rules of what
 * matches what, and its calls do not come to our hooks. */
static void learn_operators(void)
{
    static const char *const names[] = {"_Znwm", "_Znam", "_ZdlPv", "_ZdaPv"};
    const struct link_map *owner = mt_elf_find_after(mt_elf_self(), names[0]).object;
    new_is_known = owner != NULL;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (mt_elf_find_in(mt_elf_first(), names[i]).address ||
            mt_elf_find_after(mt_elf_self(), names[i]).object != owner)
            new_is_known = 0;
    if (!owner)
        return;
    const struct mt_elf_range range = mt_elf_range_of(owner);
    new_start = range.start;
    new_end = range.end;
}

int mt_misuse_start(void)
{
    static int operators_are_known;
    if (!operators_are_known)
        learn_operators();
    operators_are_known = 1;
    is_on = mt_options.errors && !mt_options.sample_bytes && !mt_allocator.is_foreign &&
            mt_released_start() && mt_errors_start(MT_CHECKED_CALLS);
    return is_on;
}

int mt_misuse_is_on(void)
{
    return is_on;
}

/* ---- what is found ---- */

static void say(struct mt_thread_state *thread, struct mt_misuse *misuse)
{
    misuse->tid = thread->tid;
    misuse->thread = (uint16_t)mt_misuse_slot(thread);
    if (mt_options.errors == MT_ERRORS_STOP)
        misuse->flags |= MT_MISUSE_STOPPED;
    mt_errors_note(misuse);
    if (mt_options.errors == MT_ERRORS_STOP)
        mt_stop(misuse);
}

static struct mt_misuse describe(const struct mt_release *release, enum mt_misuse_kind kind,
                                 uint32_t stack)
{
    return (struct mt_misuse){
        .kind = kind,
        .address = release->block,
        .function = (uint8_t)release->function,
        .stack = stack,
    };
}

static void add_block(struct mt_misuse *misuse, uintptr_t block, uint64_t word)
{
    misuse->block = block;
    misuse->block_bytes = mt_block_size(word);
    misuse->allocated = (uint32_t)(word & MT_WORD_STACK);
}

/* ---- releases of what is recorded ---- */

static int is_aligning(enum mt_function function)
{
    return function >= MT_FN_POSIX_MEMALIGN && function <= MT_FN_PVALLOC;
}

/* C23 has a release with a size for what malloc gave, and one for what aligned_alloc gave. */
static int matches_sized(enum mt_function allocation, enum mt_function release)
{
    if (release == MT_FN_FREE_SIZED)
        return !is_aligning(allocation);
    if (release == MT_FN_FREE_ALIGNED_SIZED)
        return is_aligning(allocation);
    return 1;
}

/* A library that was bound to the operators themselves, not to our hooks, calls malloc and free
 * from inside of them. */
static int is_hidden_operator(const struct mt_node *allocation, const struct mt_release *release)
{
    const int is_new = mt_family_of(allocation->function) == MT_BY_MALLOC &&
                       allocation->pc - new_start < new_end - new_start;
    const int is_delete = mt_family_of(release->function) == MT_BY_MALLOC &&
                          release->caller_pc - new_start < new_end - new_start;
    return is_new || is_delete;
}

static int matches(const struct mt_node *allocation, const struct mt_release *release)
{
    const enum mt_function function = (enum mt_function)allocation->function;
    if (mt_family_of(function) == mt_family_of(release->function))
        return matches_sized(function, release->function);
    return !new_is_known || is_hidden_operator(allocation, release);
}

/* Of a block that `allocation` gave. Sizes are compared only where both are of a pair. */
static enum mt_misuse_kind judge(const struct mt_node *allocation, const struct mt_release *release,
                                 uint64_t word)
{
    const uint64_t bytes = mt_block_size(word);
    if (!matches(allocation, release))
        return MT_MISUSE_MISMATCH;
    if (release->said_bytes != MT_NOT_SAID && release->said_bytes != bytes &&
        bytes < MT_SIZE_IN_PAGES &&
        mt_family_of(allocation->function) == mt_family_of(release->function))
        return MT_MISUSE_WRONG_SIZE;
    if (release->said_alignment > MALLOC_ALIGNMENT &&
        release->block & (release->said_alignment - 1))
        return MT_MISUSE_WRONG_ALIGNMENT;
    return MT_MISUSE_NONE;
}

int mt_misuse_is_right(const struct mt_release *release, uint64_t word)
{
    const struct mt_node *allocation = mt_node_at((uint32_t)(word & MT_WORD_STACK));
    /* As almost always. */
    if (LIKELY(allocation->function <= MT_FN_CALLOC && release->function == MT_FN_FREE))
        return 1;
    return judge(allocation, release, word) == MT_MISUSE_NONE;
}

static void say_known(struct mt_thread_state *thread, const struct mt_release *release,
                      uint64_t word, uint32_t stack)
{
    const struct mt_node *allocation = mt_node_at((uint32_t)(word & MT_WORD_STACK));
    struct mt_misuse misuse = describe(release, judge(allocation, release, word), stack);
    add_block(&misuse, release->block, word);
    if (misuse.kind == MT_MISUSE_WRONG_SIZE)
        misuse.bytes = release->said_bytes;
    else if (misuse.kind == MT_MISUSE_WRONG_ALIGNMENT)
        misuse.bytes = release->said_alignment;
    if (misuse.kind)
        say(thread, &misuse);
}

/* ---- releases of what is not ---- */

static int gaps; /* blocks were given that have no record; of this process and its children */

void mt_misuse_table_has_gaps(void)
{
    __atomic_store_n(&gaps, 1, __ATOMIC_RELAXED);
}

/* Whether there are no records that stand for blocks that are gone, and no blocks without a record;
 * as after somebody has written over the file. */
static int is_table_whole(void)
{
    const struct mt_header *header = mt_trace_header();
    return !__atomic_load_n(&gaps, __ATOMIC_RELAXED) && !mt_vanished() &&
           header->version == MT_TRACE_VERSION &&
           !__atomic_load_n(&header->lost_blocks, __ATOMIC_RELAXED) &&
           !__atomic_load_n(&header->missed_frees, __ATOMIC_RELAXED);
}

/* Blocks of the tracer's own have no record, nor has what ld.so gave itself before we were there.
 */
static int is_own_block(uintptr_t block)
{
    const struct mt_header *header = mt_trace_header();
    return (block >= header->own_blocks_start && block < header->own_blocks_end) ||
           mt_bootstrap_owns((const void *)block);
}

static int is_complete(void)
{
    return mt_allocator.is_glibc && !(mt_trace_header()->flags & MT_FLAG_FORKED);
}

static int say_double_free(struct mt_thread_state *thread, const struct mt_release *release,
                           uint32_t stack)
{
    struct mt_released before;
    if (!mt_released_find(release->block, &before))
        return 0;
    struct mt_misuse misuse = describe(release, MT_MISUSE_DOUBLE_FREE, stack);
    add_block(&misuse, release->block, before.word);
    misuse.freed = before.stack;
    misuse.freed_thread = before.thread;
    misuse.freed_function = (uint8_t)before.function;
    say(thread, &misuse);
    return 1;
}

static void say_wrong_free(struct mt_thread_state *thread, const struct mt_release *release,
                           uint32_t stack)
{
    const struct mt_found_block around = mt_block_around(release->block);
    struct mt_misuse misuse =
        describe(release, around.address ? MT_MISUSE_INNER_FREE : MT_MISUSE_WRONG_FREE, stack);
    if (around.address) {
        misuse.block = around.address;
        misuse.block_bytes = around.size_bytes;
        misuse.allocated = around.stack;
    } else {
        uint32_t detail;
        misuse.place = (uint8_t)mt_place_of(release->block, &detail);
        misuse.detail = detail;
    }
    say(thread, &misuse);
}

static void say_unknown(struct mt_thread_state *thread, const struct mt_release *release,
                        uint32_t stack)
{
    if (say_double_free(thread, release, stack) || is_own_block(release->block))
        return;
    if (is_complete()) {
        say_wrong_free(thread, release, stack);
        return;
    }
    mt_errors_blind();
    if (mt_allocator.is_glibc) /* inherited: a second release of it is one too many */
        mt_released_keep(release->block, 0, release->function, mt_releaser_of_stack(stack),
                         mt_misuse_slot(thread));
    else
        mt_misuse_table_has_gaps();
}

void mt_misuse_of_release(struct mt_thread_state *thread, const struct mt_release *release,
                          uint64_t word, uint32_t stack)
{
    if (!is_table_whole())
        mt_errors_blind();
    else if (word)
        say_known(thread, release, word, stack);
    else
        say_unknown(thread, release, stack);
}

/* ---- sizes ---- */

void mt_misuse_zero_size(struct mt_thread_state *thread, enum mt_function function, uintptr_t block,
                         uint64_t word, uint32_t stack)
{
    struct mt_misuse misuse = {.kind = MT_MISUSE_ZERO_SIZE,
                               .address = block,
                               .function = (uint8_t)function,
                               .stack = stack};
    if (word)
        add_block(&misuse, block, word);
    say(thread, &misuse);
}

void mt_misuse_impossible_size(struct mt_thread_state *thread, enum mt_function function,
                               size_t size_bytes, uint32_t stack)
{
    struct mt_misuse misuse = {.kind = MT_MISUSE_IMPOSSIBLE_SIZE,
                               .bytes = size_bytes,
                               .function = (uint8_t)function,
                               .stack = stack};
    say(thread, &misuse);
}

/* ---- munmap ---- */

/* The lowest block of the range: one that reaches into it, or one that begins there. */
static struct mt_found_block find_in_range(uintptr_t start, size_t bytes)
{
    const struct mt_found_block around = mt_block_around(start);
    return around.address || !bytes ? around : mt_block_within(start, start + bytes);
}

int mt_misuse_unmaps_block(uintptr_t start, size_t bytes)
{
    return start + bytes > start && is_table_whole() && find_in_range(start, bytes).address != 0;
}

void mt_misuse_unmapped(struct mt_thread_state *thread, uintptr_t start, size_t bytes,
                        uint32_t stack)
{
    const struct mt_found_block found = find_in_range(start, bytes);
    struct mt_misuse misuse = {
        .kind = MT_MISUSE_UNMAPPED,
        .address = start,
        .bytes = bytes,
        .block = found.address,
        .block_bytes = found.size_bytes,
        .allocated = found.stack,
        .function = MT_FN_MUNMAP,
        .stack = stack,
    };
    say(thread, &misuse);
}
