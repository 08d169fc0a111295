/* record.c: from hook to tables. See record.h.
 *
 * The order of a record and the real call keeps the table true (law 2 of README.md): a record ends
 * before the real release and begins after the real allocation, so that the owner of an address is
 * always the only one to touch its record. The guard decides how much of a stack is taken, never
 * whether the table is changed: a signal handler that interrupts the tracer and frees a block
 * leaves no stale record behind. */
#include "record.h"

#include "callers.h"
#include "proof.h"
#include "elf_lookup.h"
#include "extents.h"
#include "freers.h"
#include "hot.h"
#include "misuse.h"
#include "modules.h"
#include "nodes.h"
#include "options.h"
#include "real.h"
#include "released.h"
#include "sample.h"
#include "sampled.h"
#include "watch.h"

enum {
    REAL_FUNCTION_BYTES = 512, /* more than operator new or delete of any library has */
    SAME_STACK_BYTES = 1 << 20,
    OWN_BLOCKS_MAX_BYTES = 1 << 20, /* from the beginning of the heap */
};
#define CANARY UINT64_C(0x6d656d7472616365) /* "memtrace" */

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

static inline int is_ours(uintptr_t pc)
{
    return pc - (uintptr_t)__ehdr_start < mt_elf_own_end - (uintptr_t)__ehdr_start;
}

/* Whether a call that returns to `pc` was made by the real function that an outer hook is in, or by
 * an outer hook itself (a real function may end in a jump to another one). */
static inline int is_inner(const struct mt_thread_state *thread, uintptr_t pc)
{
    return thread->inner_start && (pc - thread->inner_start < REAL_FUNCTION_BYTES || is_ours(pc) ||
                                   thread->inner_start == (uintptr_t)MT_RECORD_MUTED);
}

/* A guard that is set although the hook that set it is gone (a handler's longjmp went past it):
 * we stand above its frame on the same stack, and its canary has been overwritten. */
static MT_ASIDE int guard_is_stale(const struct mt_thread_state *thread, uintptr_t sp)
{
    const uintptr_t at = (uintptr_t)thread->busy;
    return sp > at && sp - at < SAME_STACK_BYTES && *thread->busy != (CANARY ^ at);
}

/* The stack of an allocation, 0 when it could not be recorded; with MT_FN_UNKNOWN that of another
 * call. */
static inline uint32_t take_stack(struct mt_thread_state *thread, enum mt_function function,
                                  const struct mt_frame *caller)
{
    if (UNLIKELY(thread->busy != NULL) && !guard_is_stale(thread, caller->sp))
        return mt_stack_of_caller(caller->pc, function);

    volatile uintptr_t canary;
    canary = CANARY ^ (uintptr_t)&canary;
    int cut = 0;
    thread->busy = (uintptr_t *)&canary;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    const uint32_t stack = mt_stack_take(thread->memo, caller, function, &cut);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread->busy = NULL;
    canary = 0;
    if (UNLIKELY(cut) && function)
        mt_thread_add(&thread->record->cut_stacks, 1);
    return stack;
}

/* ---- sampling ---- */

/* The thread has passed a mark, or has none yet. Marks know nothing of each other, so the next one
 * may be drawn at any time. Stacks are opened no later than without sampling, while the process has
 * one thread; until then each block is decided by a mark of its own. */
static MT_ASIDE int pass_mark(struct mt_sampler *sampler, size_t size_bytes)
{
    const uint64_t mean_bytes = mt_options.sample_bytes;
    const int is_sampled = sampler->is_drawn ||
                           mt_sampler_distance(sampler, mean_bytes) < mt_sample_length(size_bytes);
    sampler->is_drawn = mt_process_open_stacks();
    sampler->countdown = sampler->is_drawn ? mt_sampler_distance(sampler, mean_bytes) : -1;
    return is_sampled;
}

int mt_record_is_sampled(struct mt_thread_state *thread, size_t size_bytes)
{
    struct mt_sampler *sampler = &thread->sampler;
    if (!mt_options.sample_bytes)
        return 1;
    if (!mt_sampler_is_ahead(sampler, size_bytes))
        return pass_mark(sampler, size_bytes);
    mt_sampler_go_on(sampler, size_bytes);
    return 0;
}

/* A call that has nothing to heed but that blocks are sampled: most blocks are not, and neither
 * their allocation nor their release is of any further interest. Returns whether this is one. */
static inline int passes_by(struct mt_thread_state *thread, size_t size_bytes)
{
    if (!thread || thread->way != (MT_WAY_LIVE | MT_WAY_SAMPLES) ||
        !mt_sampler_is_ahead(&thread->sampler, size_bytes))
        return 0;
    mt_sampler_go_on(&thread->sampler, size_bytes);
    return 1;
}

static inline int is_passed_by(const struct mt_thread_state *thread, const void *block)
{
    return thread->way == (MT_WAY_LIVE | MT_WAY_SAMPLES) && !mt_sampled_may_have(block);
}

/* ---- what hooks say ---- */

uint32_t mt_record_stack(struct mt_thread_state *thread, enum mt_function function,
                         const struct mt_frame *caller)
{
    const uint32_t stack = take_stack(thread, function, caller);
    if (!stack)
        __atomic_fetch_add(&mt_process->header->lost_stacks, 1, __ATOMIC_RELAXED);
    return stack;
}

uint32_t mt_record_interrupted(struct mt_thread_state *thread, const struct mt_registers *registers)
{
    if (thread->busy)
        return mt_stack_interrupted(NULL, registers);
    volatile uintptr_t canary;
    canary = CANARY ^ (uintptr_t)&canary;
    thread->busy = (uintptr_t *)&canary;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    const uint32_t stack = mt_stack_interrupted(thread->memo, registers);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread->busy = NULL;
    canary = 0;
    return stack;
}

/* No room for the record, or for any node: a block without a stack cannot be written down. */
static MT_ASIDE void count_lost_stack(void)
{
    __atomic_fetch_add(&mt_process->header->lost_stacks, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&mt_process->header->lost_blocks, 1, __ATOMIC_RELAXED);
}

/* There was no memory for what is kept of a thread. */
static void count_lost_with_thread(void)
{
    struct mt_header *header = mt_process_own_header();
    mt_misuse_table_has_gaps();
    if (header)
        __atomic_fetch_add(&header->lost_blocks, 1, __ATOMIC_RELAXED);
}

/* A guarded block, which is not where others are. */
static MT_ASIDE void insert_apart(struct mt_thread_state *thread, void *block, size_t size_bytes,
                                  enum mt_function function, uint32_t stack)
{
    if (!mt_guard_owns(block))
        return; /* lost */
    mt_watch_given(thread, block, function, stack);
    uint64_t *place = mt_block_place_apart(thread, block);
    if (place)
        mt_block_insert_apart(thread, place, block, size_bytes, stack);
}

static inline void insert(struct mt_thread_state *thread, void *block, size_t size_bytes,
                          enum mt_function function, const struct mt_frame *caller)
{
    uint64_t *place = mt_block_place(thread, block);
    const uint32_t stack = take_stack(thread, function, caller);
    if (UNLIKELY(!stack))
        count_lost_stack();
    else if (LIKELY(place != NULL))
        mt_block_insert(thread, place, block, size_bytes, stack);
    else
        insert_apart(thread, block, size_bytes, function, stack);
    mt_thread_add(&thread->record->calls[function], 1);
}

/* The same where not all blocks may be recorded. Of a guarded one, who was given it is told all the
 * same. */
static void insert_sampled(struct mt_thread_state *thread, void *block, size_t size_bytes,
                           enum mt_function function, const struct mt_frame *caller)
{
    thread->way &= ~(uint32_t)MT_WAY_GUARDED;
    if (!mt_record_is_sampled(thread, size_bytes)) {
        if (mt_guard_owns(block))
            mt_watch_given(thread, block, function, take_stack(thread, function, caller));
        mt_thread_add(&thread->record->calls[function], 1);
        return;
    }
    if (thread->way & MT_WAY_SAMPLES)
        mt_sampled_raise(block);
    insert(thread, block, size_bytes, function, caller);
}

/* Blocks of the tracer's own are not recorded; where they lie in the program's heap is. There is
 * one thread then. */
static MT_ASIDE void note_own_block(const void *block, size_t size_bytes)
{
    struct mt_header *header = mt_process->header;
    const uint64_t start = (uintptr_t)block, end = start + size_bytes;
    if (start < header->brk_start || end - header->brk_start > OWN_BLOCKS_MAX_BYTES)
        return;
    if (!header->own_blocks_start || start < header->own_blocks_start)
        header->own_blocks_start = start;
    if (end > header->own_blocks_end)
        header->own_blocks_end = end;
}

/* ---- option errors ---- */

/* A call gave nothing, for what was asked for cannot be. libstdc++'s operator new has asked malloc,
 * which has been here before. */
static MT_ASIDE void check_failed(struct mt_thread_state *thread, size_t size_bytes,
                                  enum mt_function function, const struct mt_frame *caller)
{
    const int is_outer =
        mt_allocator.is_glibc && (function == MT_FN_NEW || function == MT_FN_NEW_ARRAY);
    if (thread && !is_outer && thread->way & MT_WAY_CHECKS && mt_misuse_is_impossible(size_bytes) &&
        thread->inner_start != (uintptr_t)MT_RECORD_MUTED)
        mt_misuse_impossible_size(thread, function, size_bytes,
                                  take_stack(thread, MT_FN_UNKNOWN, caller));
}

/* ld.so gives back what it had before we were there, and the tracer has blocks without records. A
 * program that has allocated nothing yet may free what is no block: where ld.so lies is learned then. */
static int is_checked(const struct mt_thread_state *thread, uintptr_t caller_pc)
{
    return thread->way & MT_WAY_CHECKS && thread->inner_start != (uintptr_t)MT_RECORD_MUTED &&
           (LIKELY(mt_modules.loader_start) || mt_process_open_stacks()) &&
           !mt_modules_in_loader(caller_pc);
}

/* Whether this release is asked for its stack: as many in each tick of the clock as cost a few
 * percent of its time. That is all of them but in a loop that does nothing else; of those that are
 * passed over, the caller is known. A thread that allocates nothing has to look at the clock itself. */
static inline int may_take_stack(struct mt_thread_state *thread)
{
    if (UNLIKELY(!thread->stacks_left) && thread->stacks_refused++ % 16 == 15)
        mt_block_tick(thread);
    if (!thread->stacks_left)
        return 0;
    thread->stacks_left--;
    return 1;
}

static inline void keep_released(struct mt_thread_state *thread, const struct mt_release *release,
                                 uint64_t word, uint32_t stack)
{
    mt_released_keep(release->block, word, release->function,
                     stack ? mt_releaser_of_stack(stack)
                           : mt_releaser_of_caller(release->caller_pc),
                     mt_misuse_slot(thread));
}

/* The block at `old`, whose record's word was `word`, is about to be given another size. */
static MT_ASIDE void check_resize(struct mt_thread_state *thread, void *old, uint64_t word,
                                  size_t size_bytes, enum mt_function function,
                                  const struct mt_frame *caller)
{
    const struct mt_release release = {(uintptr_t)old, function, MT_NOT_SAID, 0, caller->pc};
    const int is_right = word && mt_misuse_is_right(&release, word);
    const int is_emptied =
        !size_bytes && (function == MT_FN_REALLOC || function == MT_FN_REALLOCARRAY);
    uint32_t stack = 0;
    if (!is_checked(thread, caller->pc))
        return;
    if (!is_right || is_emptied || may_take_stack(thread))
        stack = take_stack(thread, MT_FN_UNKNOWN, caller);
    if (!is_right)
        mt_misuse_of_release(thread, &release, word, stack);
    if (is_emptied)
        mt_misuse_zero_size(thread, function, (uintptr_t)old, word, stack);
    if (word)
        keep_released(thread, &release, word, stack);
}

/* ---- allocation ---- */

/* Whatever is in the way: an outer hook, sampling, a thread or forked child not met before. */
static MT_ASIDE void record_allocation(void *block, size_t size_bytes, enum mt_function function,
                                       const struct mt_frame *caller)
{
    struct mt_thread_state *thread = mt_thread_self();
    if (!block)
        check_failed(thread, size_bytes, function, caller);
    if (block && !thread)
        count_lost_with_thread();
    if (!block || !thread)
        return;
    if (thread->way & MT_WAY_PLANTS) {
        mt_proof_note(thread, block, size_bytes);
        return;
    }
    if (is_inner(thread, caller->pc)) {
        if (thread->inner_start == (uintptr_t)MT_RECORD_MUTED)
            note_own_block(block, size_bytes);
        return;
    }
    if (thread->inner_start)
        thread->given = block;
    insert_sampled(thread, block, size_bytes, function, caller);
    if (thread->way & MT_WAY_PROOF)
        mt_proof_plant(thread);
}

MT_IN_PLACE void mt_record_allocation(void *block, size_t size_bytes, enum mt_function function,
                                      const struct mt_frame *caller)
{
    struct mt_thread_state *thread = mt_thread_pointer;
    if (LIKELY(thread && (thread->way & MT_WAY_OF_ALLOCATION) == MT_WAY_LIVE && block))
        insert(thread, block, size_bytes, function, caller);
    else if (LIKELY(block && passes_by(thread, size_bytes)))
        mt_thread_add(&thread->record->calls[function], 1);
    else
        record_allocation(block, size_bytes, function, caller);
}

/* The stack of a release. The walk begins in the tracer, so that hooks need not keep a frame for
 * it: what of it is ours is left out. ld.so may be in the middle of a change of what is loaded: it
 * is not asked. */
static uint32_t take_releasing_stack(struct mt_thread_state *thread, const struct mt_frame *hook,
                                     uintptr_t caller_pc)
{
    if (mt_modules_in_loader(caller_pc))
        return 0;
    uint32_t stack = take_stack(thread, MT_FN_UNKNOWN, hook);
    while (stack && is_ours(mt_node_at(stack)->pc))
        stack = mt_node_at(stack)->parent;
    if (!stack || mt_node_at(stack)->flags & MT_NODE_EPOCH)
        return mt_stack_of_caller(caller_pc, MT_FN_UNKNOWN);
    return stack;
}

/* ---- release ---- */

/* Option freed_by: the block that has this word is released by the code at `caller_pc`. */
static MT_ASIDE void note_freer(struct mt_thread_state *thread, uint64_t word, uintptr_t caller_pc)
{
    MT_CALLER(hook);
    const uint32_t stack = (uint32_t)(word & MT_WORD_STACK);
    const uint32_t stands_for = mt_freers_count(stack);
    if (stands_for)
        mt_freers_note(stack, stands_for, take_releasing_stack(thread, &hook, caller_pc));
}

/* What becomes of a record that has been taken out, of a block that is about to be released. */
static inline void end_record(struct mt_thread_state *thread, void *block, struct mt_record record,
                              enum mt_function function, uintptr_t caller_pc)
{
    if (!record.word) {
        if (thread->inner_start == (uintptr_t)MT_RECORD_MUTED)
            return; /* a block that the tracer made */
        mt_block_unknown(thread);
    } else {
        mt_block_end(thread, record, block);
        if (thread->way & MT_WAY_SAMPLES)
            mt_sampled_lower(block);
        else if (thread->way & MT_WAY_FREERS)
            note_freer(thread, record.word, caller_pc);
    }
    mt_thread_add(&thread->record->calls[function], 1);
}

/* Options errors, canary and guard. Called last by record_release, in whose place it then stands on
 * the stack. */
static MT_ASIDE int check_release(struct mt_thread_state *thread, void *block,
                                  enum mt_function function, size_t said_bytes,
                                  size_t said_alignment, uintptr_t caller_pc)
{
    MT_CALLER(hook);
    const struct mt_release release = {(uintptr_t)block, function, said_bytes, said_alignment,
                                       caller_pc};
    uint32_t stack = 0;
    if (UNLIKELY(mt_watch_wants(block))) {
        stack = take_releasing_stack(thread, &hook, caller_pc);
        mt_watch_release(thread, block, function, stack);
    }
    const struct mt_record record = mt_block_take_out(block);
    if (is_checked(thread, caller_pc)) {
        const int is_right = record.word && mt_misuse_is_right(&release, record.word);
        if (!stack && (!is_right || may_take_stack(thread)))
            stack = take_releasing_stack(thread, &hook, caller_pc);
        if (UNLIKELY(!is_right))
            mt_misuse_of_release(thread, &release, record.word, stack);
        if (LIKELY(record.word))
            keep_released(thread, &release, record.word, stack);
    }
    end_record(thread, block, record, function, caller_pc);
    return mt_guard_owns(block);
}

static MT_ASIDE int record_release(void *block, enum mt_function function, size_t said_bytes,
                                   size_t said_alignment, uintptr_t caller_pc)
{
    const int is_guarded = mt_guard_owns(block);
    struct mt_thread_state *thread = mt_thread_known();
    if (!thread && block && (mt_trace_header() || mt_watch_has_seen(block)))
        thread = mt_thread_self(); /* a forked child that only frees needs no trace */
    if (!block || !thread)
        return is_guarded;
    if (mt_modules_in_loader(caller_pc))
        mt_stack_code_changed();
    if (thread->inner_start && thread->released == block)
        return is_guarded; /* the outer hook has seen to it */
    if (is_guarded || thread->way & (MT_WAY_CHECKS | MT_WAY_CANARIES))
        return check_release(thread, block, function, said_bytes, said_alignment, caller_pc);
    end_record(thread, block, mt_block_take_out(block), function, caller_pc);
    return 0;
}

MT_IN_PLACE int mt_record_release(void *block, enum mt_function function, size_t said_bytes,
                                  size_t said_alignment, uintptr_t caller_pc)
{
    struct mt_thread_state *thread = mt_thread_pointer;
    if (LIKELY(thread && !mt_modules_in_loader(caller_pc) &&
               (thread->way == MT_WAY_LIVE ? mt_block_release(thread, block)
                                           : block && is_passed_by(thread, block)))) {
        mt_thread_add(&thread->record->calls[function], 1);
        return 0;
    }
    return record_release(block, function, said_bytes, said_alignment, caller_pc);
}

struct mt_record mt_record_before_resize(void *old, size_t size_bytes, enum mt_function function,
                                         const struct mt_frame *caller)
{
    struct mt_thread_state *thread = old ? mt_thread_self() : NULL;
    if (!thread || is_passed_by(thread, old))
        return (struct mt_record){0};
    if (mt_watch_wants(old))
        mt_watch_release(thread, old, function, take_stack(thread, MT_FN_UNKNOWN, caller));
    const struct mt_record record = mt_block_take_out(old);
    if (UNLIKELY(thread->way & MT_WAY_CHECKS))
        check_resize(thread, old, record.word, size_bytes, function, caller);
    return record;
}

void mt_record_after_resize(struct mt_record before, void *old, void *block, size_t size_bytes,
                            int freed, enum mt_function function, const struct mt_frame *caller)
{
    if (!block && !freed) {
        mt_block_put_back(before);
        check_failed(mt_thread_known(), size_bytes, function, caller);
        return;
    }
    struct mt_thread_state *thread = mt_thread_self();
    if (!thread)
        return;
    if (old)
        mt_block_moved(thread, before, old);
    if (before.word && thread->way & MT_WAY_SAMPLES)
        mt_sampled_lower(old);
    if (before.word && thread->way & MT_WAY_FREERS)
        note_freer(thread, before.word, caller->pc);
    if (!block || is_inner(thread, caller->pc))
        return;
    insert_sampled(thread, block, size_bytes, function, caller);
    if (thread->way & MT_WAY_PROOF)
        mt_proof_plant(thread);
}

MT_ASIDE void mt_record_check_unmapping(const void *address, size_t bytes, uintptr_t caller_pc)
{
    MT_CALLER(hook);
    struct mt_thread_state *thread = mt_thread_known();
    /* The caller first: what is_checked may open calls the allocator, which is not to be called from
     * inside of it (jemalloc unmaps while it is set up, and holds its lock). */
    if (thread && mt_caller_is_program(caller_pc) && is_checked(thread, caller_pc) &&
        mt_misuse_unmaps_block((uintptr_t)address, bytes))
        mt_misuse_unmapped(thread, (uintptr_t)address, bytes,
                           take_releasing_stack(thread, &hook, caller_pc));
}

void mt_record_call(enum mt_function function)
{
    struct mt_thread_state *thread = mt_thread_known();
    if (thread)
        mt_thread_add(&thread->record->calls[function], 1);
}
