/* blocks.c: the live table. Takes an address and what is known of the block; keeps one 64-bit word
 * (two for a large block) in the trace, in the leaf that covers the address (leaves.h). The layout
 * of a word is in trace_format.h.
 *
 * Why it needs no lock: an address has one word, and between the real allocation and the real
 * release only the block's owner names it. A record is made after the one and ended before the
 * other, so two threads never store to the same word at the same time; insert and remove are
 * plain stores. */
#include "blocks.h"

#include "accounts.h"
#include "churn.h"
#include "clock.h"
#include "extents.h"
#include "hot.h"
#include "leaves.h"
#include "look.h"
#include "memory.h"
#include "options.h"
#include "process.h"
#include "sample.h"
#include "sys.h"
#include "system.h"

enum {
    BREAK_STEP_BYTES = 64 * 1024,
    OWN_MAPPING_LEAST_BYTES = 4096, /* smaller ones are not looked at for churn */
};

int mt_block_start(int allocator_is_glibc)
{
    return mt_leaves_start(allocator_is_glibc);
}

/* ---- accounting ---- */

void mt_block_totals(uint64_t *ret_blocks, uint64_t *ret_bytes)
{
    struct mt_process *process = mt_process;
    uint64_t blocks = 0, bytes = 0;
    for (unsigned i = 0; i < sizeof process->thread_extents / sizeof(void *); i++) {
        const struct mt_extent *extent = process->thread_extents[i];
        for (unsigned place = 1; extent && place <= MT_THREADS_PER_EXTENT; place++) {
            const struct mt_thread *record =
                (const struct mt_thread *)((const char *)extent + place * MT_THREAD_BYTES);
            blocks += mt_thread_allocations(record) - mt_thread_frees(record);
            bytes += record->allocated_bytes - record->freed_bytes;
        }
    }
    /* What was lost was counted as given, and its release as unknown, unless all are counted. Of a
     * thread that had no record not even that was counted. */
    const uint64_t lost = __atomic_load_n(&process->header->lost_blocks, __ATOMIC_RELAXED);
    if (!mt_options.sample_bytes)
        blocks = blocks > lost ? blocks - lost : 0;
    *ret_blocks = blocks;
    *ret_bytes = bytes;
}

/* ---- words ---- */

/* What all words of this thread and tick have in common. */
static MT_ASIDE void begin_tick(struct mt_thread_state *thread, struct timespec now)
{
    const uint64_t now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    const uint64_t started_ns = mt_process->started_mono_ns;
    const uint64_t ms = now_ns > started_ns ? (now_ns - started_ns) / 1000000 : 0;
    const uint64_t slot = thread->slot < (1u << MT_THREAD_BITS) ? thread->slot : 0;
    thread->tick_sec = now.tv_sec;
    thread->tick_nsec = now.tv_nsec;
    thread->small_tick = mt_time_encode(ms, MT_TIME_BITS_SMALL) << MT_WORD_SMALL_TIME_SHIFT |
                         slot << MT_WORD_SMALL_THREAD_SHIFT;
    thread->large_tick = mt_time_encode(ms, MT_TIME_BITS_LARGE) << MT_WORD_LARGE_TIME_SHIFT |
                         slot << MT_WORD_LARGE_THREAD_SHIFT;
    thread->stacks_left = MT_STACKS_PER_TICK;
    mt_system_pass(ms);
    mt_look_pass();
}

/* The clock moves in ticks of 1 to 4 ms: most calls find the tick they have met last. */
static inline void read_clock(struct mt_thread_state *thread)
{
    struct timespec now = {0};
    mt_clock_read(CLOCK_MONOTONIC_COARSE, &now);
    if (UNLIKELY(now.tv_nsec != thread->tick_nsec || now.tv_sec != thread->tick_sec))
        begin_tick(thread, now);
}

/* glibc keeps flags in the low bits of the word before a block: bit 1 says that the block is a
 * mapping of its own (malloc.c, IS_MMAPPED; the same from glibc 2.0 to 2.43). */
static inline uint64_t own_mapping(const void *address)
{
    return ((const uint64_t *)address)[-1] << 24 & MT_WORD_OWN_MAPPING;
}

static inline uint64_t half_of(uintptr_t address, unsigned shift)
{
    return shift == MT_GLIBC_SHIFT ? address << 21 & MT_WORD_HALF : 0;
}

/* The one of two values, without a branch: sizes come in no order that could be foreseen. */
static inline uint64_t either(int condition, uint64_t yes, uint64_t no)
{
    const uint64_t mask = -(uint64_t)condition;
    return (yes & mask) | (no & ~mask);
}

static inline size_t record_size(uint64_t word)
{
    const uint64_t huge = MT_SIZE_IN_PAGES << MT_WORD_LARGE_SIZE_SHIFT | MT_WORD_LARGE;
    const uint64_t size = word >> MT_WORD_LARGE_SIZE_SHIFT;
    if (UNLIKELY((word & huge) == huge))
        return mt_size_decode(size);
    return size & either((word & MT_WORD_LARGE) != 0, MT_SIZE_IN_PAGES - 1, 63);
}

/* A new block stands where the table still has one: its release did not come through the hooks. */
static MT_ASIDE void end_missed(struct mt_thread_state *thread, uint64_t *place)
{
    __atomic_fetch_add(&mt_process->header->missed_frees, 1, __ATOMIC_RELAXED);
    mt_thread_add(&thread->record->other_releases, 1);
    mt_account_release(thread, (uint32_t)(*place & MT_WORD_STACK), record_size(*place), NULL);
}

static inline void make_free(struct mt_thread_state *thread, uint64_t *place)
{
    if (UNLIKELY(*place & MT_WORD_STACK))
        end_missed(thread, place);
}

static MT_ASIDE void count_lost(void)
{
    __atomic_fetch_add(&mt_process->header->lost_blocks, 1, __ATOMIC_RELAXED);
}

static MT_ASIDE void count_lost_at(uintptr_t address)
{
    if (!mt_leaf_is_apart(address))
        count_lost();
}

static inline uint64_t *place_for(struct mt_thread_state *thread, const void *block, unsigned shift)
{
    const uintptr_t address = (uintptr_t)block;
    uint64_t *leaf = mt_leaf_for(address, shift);
    if (UNLIKELY(!leaf)) {
        count_lost_at(address);
        return NULL;
    }
    if (UNLIKELY(address - mt_leaves.break_seen < BREAK_STEP_BYTES))
        mt_leaves_note_break(); /* the break has moved within a run that has its leaf already */
    uint64_t *place = mt_leaf_word(leaf, address, shift);
    make_free(thread, place);
    return place;
}

static MT_ASIDE uint64_t *place_for_other(struct mt_thread_state *thread, const void *block)
{
    return place_for(thread, block, MT_OTHER_SHIFT);
}

MT_IN_PLACE uint64_t *mt_block_place(struct mt_thread_state *thread, const void *block)
{
    return LIKELY(mt_leaves.is_glibc) ? place_for(thread, block, MT_GLIBC_SHIFT)
                                      : place_for_other(thread, block);
}

/* The word after a large one. Where the block starts in the last granule of a run, it is the first
 * of the next run's leaf. NULL when that cannot be made. A small block has none: what is stored
 * goes nowhere. */
static inline uint64_t *second_place(struct mt_thread_state *thread, uint64_t *place,
                                     uintptr_t address, int is_large, unsigned shift)
{
    const uintptr_t next = (uintptr_t)(place + 1);
    if (UNLIKELY(next % MT_LEAF_BYTES == 0) && is_large)
        return mt_leaf_for(address + ((uintptr_t)1 << shift), shift);
    return (uint64_t *)either(is_large, next, (uintptr_t)&thread->nowhere);
}

static inline void insert(struct mt_thread_state *thread, uint64_t *place, const void *block,
                          size_t size_bytes, uint64_t word, uint64_t own_mapping, unsigned shift)
{
    const uintptr_t address = (uintptr_t)block;
    const int is_large = mt_is_large(size_bytes);
    uint64_t *second = second_place(thread, place, address, is_large, shift);
    if (UNLIKELY(!second)) {
        count_lost();
        return;
    }
    make_free(thread, second);
    read_clock(thread);
    /* Release: who still finds the record that stood here before has read nothing of this one. */
    __atomic_store_n(second, own_mapping | thread->large_tick, __ATOMIC_RELEASE);
    mt_account_allocation(thread, (uint32_t)word, size_bytes, block);
    word |= half_of(address, shift) | mt_size_encode(size_bytes) << MT_WORD_LARGE_SIZE_SHIFT |
            either(is_large, MT_WORD_LARGE, thread->small_tick);
    /* Release: a reader that sees the word sees the one after it, the stack it names, and the sums
     * that it is part of: whenever the process is killed, the peak is no less than what lives. */
    __atomic_store_n(place, word, __ATOMIC_RELEASE);
}

static MT_ASIDE void insert_other(struct mt_thread_state *thread, uint64_t *place,
                                  const void *block, size_t size_bytes, uint32_t stack)
{
    insert(thread, place, block, size_bytes, stack, 0, MT_OTHER_SHIFT);
}

MT_IN_PLACE void mt_block_insert(struct mt_thread_state *thread, uint64_t *place, const void *block,
                                 size_t size_bytes, uint32_t stack)
{
    if (LIKELY(mt_leaves.is_glibc))
        insert(thread, place, block, size_bytes, stack, own_mapping(block), MT_GLIBC_SHIFT);
    else
        insert_other(thread, place, block, size_bytes, stack);
}

uint64_t *mt_block_place_apart(struct mt_thread_state *thread, const void *block)
{
    const uintptr_t address = (uintptr_t)block;
    const unsigned shift = mt_leaves.is_glibc ? MT_GLIBC_SHIFT : MT_OTHER_SHIFT;
    uint64_t **at = mt_leaf_apart(address);
    uint64_t *leaf = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    if (!leaf && !(leaf = mt_leaf_make_at(at, address, shift))) {
        count_lost();
        return NULL;
    }
    uint64_t *place = mt_leaf_word(leaf, address, shift);
    make_free(thread, place);
    return place;
}

/* What glibc keeps before a block is not there. */
void mt_block_insert_apart(struct mt_thread_state *thread, uint64_t *place, const void *block,
                           size_t size_bytes, uint32_t stack)
{
    insert(thread, place, block, size_bytes, stack, 0,
           mt_leaves.is_glibc ? MT_GLIBC_SHIFT : MT_OTHER_SHIFT);
}

/* ---- release ---- */

/* The place of the block's record in its leaf, NULL when it has none. */
static inline uint64_t *record_in(uint64_t *leaf, const void *block, unsigned shift)
{
    const uintptr_t address = (uintptr_t)block;
    if (UNLIKELY(!leaf))
        return NULL;
    uint64_t *place = mt_leaf_word(leaf, address, shift);
    /* Another address of the same granule is not this block. */
    const int is_other = ((*place ^ half_of(address, shift)) & MT_WORD_HALF) != 0;
    return UNLIKELY(!(*place & MT_WORD_STACK) || is_other) ? NULL : place;
}

static inline uint64_t *find_record(const void *block, unsigned shift)
{
    return record_in(mt_leaf_find((uintptr_t)block, shift), block, shift);
}

static MT_ASIDE uint64_t *find_record_apart(const void *block)
{
    uint64_t *leaf = mt_leaf_is_apart((uintptr_t)block)
                         ? __atomic_load_n(mt_leaf_apart((uintptr_t)block), __ATOMIC_ACQUIRE)
                         : NULL;
    return mt_leaves.is_glibc ? record_in(leaf, block, MT_GLIBC_SHIFT)
                              : record_in(leaf, block, MT_OTHER_SHIFT);
}

static MT_ASIDE uint64_t *find_other_record(const void *block)
{
    return find_record(block, MT_OTHER_SHIFT);
}

uint64_t mt_block_word(const void *block)
{
    const uint64_t *place = mt_leaf_is_apart((uintptr_t)block) ? find_record_apart(block)
                            : mt_leaves.is_glibc               ? find_record(block, MT_GLIBC_SHIFT)
                                                               : find_other_record(block);
    return place ? __atomic_load_n(place, __ATOMIC_RELAXED) : 0;
}

size_t mt_block_size(uint64_t word)
{
    return record_size(word);
}

unsigned mt_block_shift(void)
{
    return mt_leaves.is_glibc ? MT_GLIBC_SHIFT : MT_OTHER_SHIFT;
}

const uint64_t *mt_block_leaf(uintptr_t address)
{
    if (!mt_leaf_is_apart(address))
        return mt_leaves.radix ? mt_leaf_find(address, mt_block_shift()) : NULL;
    return address & MT_BASE_ODD ? NULL : __atomic_load_n(mt_leaf_apart(address), __ATOMIC_ACQUIRE);
}

void mt_block_tick(struct mt_thread_state *thread)
{
    read_clock(thread);
}

static inline struct mt_record take_out_at(uint64_t *place)
{
    if (UNLIKELY(!place))
        return (struct mt_record){0};
    const uint64_t word = *place;
    /* Relaxed is enough: the allocator's own synchronization orders this store before the store
     * of whoever is given the address next. The fence keeps the compiler from taking the block off
     * the sums before. */
    __atomic_store_n(place, 0, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return (struct mt_record){place, word};
}

static inline struct mt_record take_out(const void *block)
{
    return take_out_at(LIKELY(mt_leaves.is_glibc) ? find_record(block, MT_GLIBC_SHIFT)
                                                  : find_other_record(block));
}

struct mt_record mt_block_take_out(const void *block)
{
    return mt_leaf_is_apart((uintptr_t)block) ? take_out_at(find_record_apart(block))
                                              : take_out(block);
}

void mt_block_put_back(struct mt_record record)
{
    if (record.word)
        __atomic_store_n(record.place, record.word, __ATOMIC_RELEASE);
}

/* The word after the record's first, which stands until the real release. A block that is a mapping
 * of its own begins a few bytes into a page, so its words are not at the end of a leaf. */
static int was_own_mapping(struct mt_record record)
{
    const int is_last = ((uintptr_t)record.place & (MT_LEAF_BYTES - 1)) == MT_LEAF_BYTES - 8;
    return !is_last && record.place[1] & MT_WORD_OWN_MAPPING;
}

static MT_ASIDE void note_churn(struct mt_record record)
{
    if (was_own_mapping(record))
        mt_churn_count((uint32_t)(record.word & MT_WORD_STACK), record_size(record.word));
}

MT_IN_PLACE void mt_block_end(struct mt_thread_state *thread, struct mt_record record,
                              const void *block)
{
    const size_t size_bytes = record_size(record.word);
    if (UNLIKELY(size_bytes >= OWN_MAPPING_LEAST_BYTES))
        note_churn(record);
    mt_account_release(thread, (uint32_t)(record.word & MT_WORD_STACK), size_bytes, block);
}

MT_IN_PLACE int mt_block_release(struct mt_thread_state *thread, const void *block)
{
    const struct mt_record record = take_out(block);
    if (UNLIKELY(!record.word))
        return 0;
    mt_block_end(thread, record, block);
    return 1;
}

void mt_block_unknown(struct mt_thread_state *thread)
{
    if (!mt_options.sample_bytes)
        mt_thread_add(&thread->record->unknown_frees, 1);
}

void mt_block_moved(struct mt_thread_state *thread, struct mt_record record, const void *block)
{
    if (record.word)
        mt_account_release(thread, (uint32_t)(record.word & MT_WORD_STACK),
                           record_size(record.word), block);
    if (record.word || mt_options.sample_bytes)
        mt_thread_add(&thread->record->other_releases, 1);
}
