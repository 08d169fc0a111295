/* blocks.c: the live table. Takes an address and what is known of the block; keeps one 64-bit word
 * (two for a large block) in the trace. The layout of a word is in trace_format.h.
 *
 *   address -> radix (private) -> leaf (in the trace) -> word
 *
 *   47         32 31           14 13        5 4    0
 *   +------------+---------------+-----------+------+
 *   | top 2^16   | run 2^18      | granule   |      |      with granules of 32 bytes
 *   +------------+---------------+-----------+------+
 *
 * Why it needs no lock: an address has one word, and between the real allocation and the real
 * release only the block's owner names it. A record is made after the one and ended before the
 * other, so two threads never store to the same word at the same time; insert and remove are
 * plain stores. Only making a leaf can race, and is settled by one compare-and-swap. */
#include "blocks.h"

#include "churn.h"
#include "clock.h"
#include "extents.h"
#include "memory.h"
#include "options.h"
#include "process.h"
#include "sample.h"
#include "sys.h"

enum {
    ADDRESS_BITS = 48,
    TOP_BITS = 16,
    TOP_SHIFT = ADDRESS_BITS - TOP_BITS, /* each top entry covers 4 GiB */
    LEAF_WORDS_SHIFT = 9,
    LIVE_BYTES_STEP = 64 * 1024, /* a thread adds its share to the header in such steps */
    BREAK_STEP_BYTES = 64 * 1024,
    FIRST_LEAF_UNITS = 1,
    LATER_LEAF_UNITS = 16,
    OWN_MAPPING_LEAST_BYTES = 4096, /* smaller ones are not looked at for churn */
};

/* The top of the radix. The table lies in wiped memory, so a forked child finds it empty and the
 * pointer right. */
static uint64_t ***radix;
static unsigned granule_shift = 5;
static int glibc_headers;
extern char *__curbrk; /* glibc: the program break as malloc last moved it */

int mt_block_start(unsigned shift, int reads_glibc_headers)
{
    if (!radix)
        radix = mt_map_wiped(sizeof *radix << TOP_BITS);
    granule_shift = shift;
    glibc_headers = reads_glibc_headers;
    return radix != NULL;
}

/* ---- leaves ---- */

/* Index below a top entry: the run, and beside it the leaf for addresses 8 above a multiple of 16.
 */
static inline size_t run_index(uintptr_t address)
{
    const size_t run =
        (address & ((UINT64_C(1) << TOP_SHIFT) - 1)) >> (granule_shift + LEAF_WORDS_SHIFT);
    return run * 2 + (address >> 3 & 1);
}

static size_t runs_bytes(void)
{
    return ((size_t)2 << (TOP_SHIFT - granule_shift - LEAF_WORDS_SHIFT)) * sizeof(uint64_t *);
}

/* NULL where no leaf covers the address. Acquire: the leaf's words are seen as they were made. */
static inline uint64_t *find_leaf(uintptr_t address)
{
    if (__builtin_expect(address >> ADDRESS_BITS || !radix, 0))
        return NULL;
    uint64_t **runs = __atomic_load_n(&radix[address >> TOP_SHIFT], __ATOMIC_ACQUIRE);
    return runs ? __atomic_load_n(&runs[run_index(address)], __ATOMIC_ACQUIRE) : NULL;
}

static inline uint64_t *word_in(uint64_t *leaf, uintptr_t address)
{
    return leaf + (address >> granule_shift & (MT_LEAF_WORDS - 1));
}

static unsigned capacity_of(const struct mt_extent *extent)
{
    return extent->units * (MT_UNIT_BYTES / MT_LEAF_BYTES) - 1;
}

/* Makes `made` the extent leaves come from, in place of `full`. The loser's is kept for the next
 * time. Release: who takes a leaf from it sees its head. */
static void replace_extent(struct mt_extent *full)
{
    struct mt_process *process = mt_process;
    struct mt_extent *made = __atomic_exchange_n(&process->spare_leaves, NULL, __ATOMIC_ACQUIRE);
    if (!made) {
        const uint32_t units = process->leaves_ordinal < 2 ? FIRST_LEAF_UNITS : LATER_LEAF_UNITS;
        made = mt_extent_take(units);
        if (!made)
            return;
        const uint32_t ordinal = __atomic_fetch_add(&process->leaves_ordinal, 1, __ATOMIC_RELAXED);
        mt_extent_publish(made, MT_EXTENT_LEAVES, units, ordinal, 0);
    }
    if (!__atomic_compare_exchange_n(&process->leaves, &full, made, 0, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED))
        __atomic_store_n(&process->spare_leaves, made, __ATOMIC_RELEASE);
}

/* A fresh leaf and the place of its base in the extent's head. The counter may pass the capacity:
 * readers bound it. */
static uint64_t *take_leaf(uint64_t **ret_base)
{
    for (int attempt = 0; attempt < 4; attempt++) {
        struct mt_extent *extent = __atomic_load_n(&mt_process->leaves, __ATOMIC_ACQUIRE);
        if (extent) {
            const uint64_t i = __atomic_fetch_add(&extent->used, 1, __ATOMIC_RELAXED);
            if (i < capacity_of(extent)) {
                *ret_base = (uint64_t *)((char *)extent + MT_LEAF_BASES_OFFSET) + i;
                return (uint64_t *)((char *)extent + (1 + i) * MT_LEAF_BYTES);
            }
        }
        replace_extent(extent);
    }
    return NULL;
}

static uintptr_t break_seen;

/* The highest program break seen bounds the main heap. */
static __attribute__((noinline)) void note_break(void)
{
    struct mt_header *header = mt_process->header;
    const uint64_t now = (uint64_t)(glibc_headers ? (long)__curbrk : mt_sys(SYS_brk, 0));
    if (now > __atomic_load_n(&header->brk_end, __ATOMIC_RELAXED))
        __atomic_store_n(&header->brk_end, now, __ATOMIC_RELAXED);
    break_seen = now;
}

static uint64_t **find_runs(uintptr_t address)
{
    uint64_t ***at = &radix[address >> TOP_SHIFT];
    uint64_t **runs = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    if (runs)
        return runs;
    uint64_t **made = mt_map_wiped(runs_bytes());
    if (!made)
        return NULL;
    if (__atomic_compare_exchange_n(at, &runs, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    mt_unmap(made, runs_bytes());
    return runs;
}

static __attribute__((noinline)) uint64_t *make_leaf(uintptr_t address)
{
    uint64_t *base;
    uint64_t **runs = address >> ADDRESS_BITS ? NULL : find_runs(address);
    uint64_t *leaf = runs ? take_leaf(&base) : NULL;
    if (!leaf)
        return NULL;
    note_break();
    uint64_t *present = NULL;
    /* Two threads with blocks in the same run: one leaf wins, the other stays unused (its base is
     * 0, which readers skip). Release: the leaf is found with its zeros. */
    if (!__atomic_compare_exchange_n(&runs[run_index(address)], &present, leaf, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        return present;
    const uint64_t run_bytes = (uint64_t)MT_LEAF_WORDS << granule_shift;
    __atomic_store_n(base, (address & ~(run_bytes - 1)) | (address & MT_BASE_ODD),
                     __ATOMIC_RELEASE);
    return leaf;
}

/* ---- accounting ---- */

static inline int64_t live_of(const struct mt_thread *record)
{
    return (int64_t)(record->allocated_bytes - record->freed_bytes);
}

/* Adds what this thread's live bytes have changed by to the header's, and the peak they have had
 * in between. A signal handler that does the same in the middle adds its share: the sum holds. */
static __attribute__((noinline)) void add_live_bytes(struct mt_thread *record)
{
    struct mt_header *header = mt_process->header;
    const int64_t added = record->live_added;
    const int64_t step = live_of(record) - added, high = record->live_high - added;
    mt_thread_add((uint64_t *)&record->live_added, (uint64_t)step);
    record->live_high = live_of(record);
    const int64_t before = __atomic_fetch_add(&header->live_bytes, step, __ATOMIC_RELAXED);
    int64_t peak = __atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED);
    while (before + high > peak &&
           !__atomic_compare_exchange_n(&header->peak_bytes, &peak, before + high, 1,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

/* What a record of this size adds to its thread's sums. */
static inline uint64_t share_of(size_t size_bytes)
{
    const uint64_t mean_bytes = mt_options.sample_bytes;
    return __builtin_expect(mean_bytes != 0, 0) ? mt_sample_bytes(size_bytes, mean_bytes)
                                                : size_bytes;
}

static inline void account_allocation(struct mt_thread *record, size_t size_bytes)
{
    mt_thread_add(&record->allocated_bytes, share_of(size_bytes));
    const int64_t live = live_of(record);
    if (live > record->live_high)
        record->live_high = live;
    if (__builtin_expect(live - record->live_added >= LIVE_BYTES_STEP, 0))
        add_live_bytes(record);
}

static inline void account_release(struct mt_thread *record, size_t size_bytes)
{
    mt_thread_add(&record->freed_bytes, share_of(size_bytes));
    if (__builtin_expect(live_of(record) - record->live_added <= -LIVE_BYTES_STEP, 0))
        add_live_bytes(record);
}

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
    /* what was lost was counted as given, and its release as unknown, unless all are counted */
    if (!mt_options.sample_bytes)
        blocks -= __atomic_load_n(&process->header->lost_blocks, __ATOMIC_RELAXED);
    *ret_blocks = blocks;
    *ret_bytes = bytes;
}

/* ---- words ---- */

/* The clock moves in ticks of 1 to 4 ms: most calls find the tick they encoded last. */
static inline void read_clock(struct mt_thread_state *thread)
{
    struct timespec now = {0};
    mt_clock_read(CLOCK_MONOTONIC_COARSE, &now);
    if (__builtin_expect(now.tv_nsec == thread->tick_nsec && now.tv_sec == thread->tick_sec, 1))
        return;
    const uint64_t now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    const uint64_t started_ns = mt_process->started_mono_ns;
    const uint64_t ms = now_ns > started_ns ? (now_ns - started_ns) / 1000000 : 0;
    thread->tick_sec = now.tv_sec;
    thread->tick_nsec = now.tv_nsec;
    thread->time_small = mt_time_encode(ms, MT_TIME_BITS_SMALL) << MT_WORD_SMALL_TIME_SHIFT;
    thread->time_large = mt_time_encode(ms, MT_TIME_BITS_LARGE) << MT_WORD_LARGE_TIME_SHIFT;
    mt_system_pass(ms);
}

static inline uint64_t thread_field(const struct mt_thread_state *thread)
{
    return thread->slot < (1u << MT_THREAD_BITS) ? thread->slot : 0;
}

/* glibc keeps flags in the low bits of the word before a block: bit 1 says that the block is a
 * mapping of its own (malloc.c, IS_MMAPPED; the same from glibc 2.0 to 2.43). */
static inline uint64_t own_mapping(const void *address)
{
    return glibc_headers && ((const size_t *)address)[-1] & 2 ? MT_WORD_OWN_MAPPING : 0;
}

static inline uint64_t half_of(uintptr_t address)
{
    return granule_shift == 5 ? (address >> 4 & 1) * MT_WORD_HALF : 0;
}

size_t mt_record_size(struct mt_record record)
{
    if (record.word & MT_WORD_LARGE)
        return mt_size_decode(record.word >> MT_WORD_LARGE_SIZE_SHIFT);
    return record.word >> MT_WORD_SMALL_SIZE_SHIFT & 63;
}

/* A new block stands where the table still has one: its release did not come through the hooks. */
static __attribute__((noinline)) void end_missed(struct mt_thread_state *thread, uint64_t *place)
{
    const struct mt_record missed = {place, *place, 0};
    __atomic_fetch_add(&mt_process->header->missed_frees, 1, __ATOMIC_RELAXED);
    mt_thread_add(&thread->record->other_releases, 1);
    account_release(thread->record, mt_record_size(missed));
}

static void count_lost(void)
{
    __atomic_fetch_add(&mt_process->header->lost_blocks, 1, __ATOMIC_RELAXED);
}

/* The word after a large one. Where the block starts in the last granule of a run, it is the first
 * of the next run's leaf. NULL when that cannot be made. */
static inline uint64_t *second_place(uint64_t *leaf, uint64_t *place, uintptr_t address)
{
    if (__builtin_expect(place != leaf + MT_LEAF_WORDS - 1, 1))
        return place + 1;
    const uintptr_t beyond = address + ((uintptr_t)1 << granule_shift);
    uint64_t *next_leaf = find_leaf(beyond);
    return next_leaf ? next_leaf : make_leaf(beyond);
}

static inline void store_large(struct mt_thread_state *thread, uint64_t *place, uint64_t *second,
                               const void *block, size_t size_bytes, uint64_t word)
{
    if (__builtin_expect(*second & MT_WORD_STACK, 0))
        end_missed(thread, second);
    const uint64_t next = own_mapping(block) | thread_field(thread) << MT_WORD_LARGE_THREAD_SHIFT |
                          thread->time_large;
    __atomic_store_n(second, next, __ATOMIC_RELAXED);
    word |= MT_WORD_LARGE | mt_size_encode(size_bytes) << MT_WORD_LARGE_SIZE_SHIFT;
    /* Release: a reader that sees the word sees the one after it, and the stack it names. */
    __atomic_store_n(place, word, __ATOMIC_RELEASE);
}

static inline void store_small(struct mt_thread_state *thread, uint64_t *place, size_t size_bytes,
                               uint64_t word)
{
    word |= (uint64_t)size_bytes << MT_WORD_SMALL_SIZE_SHIFT |
            thread_field(thread) << MT_WORD_SMALL_THREAD_SHIFT | thread->time_small;
    /* Release: a reader that sees the word sees the stack it names. */
    __atomic_store_n(place, word, __ATOMIC_RELEASE);
}

void mt_block_insert(struct mt_thread_state *thread, void *block, size_t size_bytes, uint32_t stack)
{
    const uintptr_t address = (uintptr_t)block;
    uint64_t *leaf = find_leaf(address);
    if (__builtin_expect(!leaf, 0) && !(leaf = make_leaf(address))) {
        count_lost();
        return;
    }
    if (__builtin_expect(address - break_seen < BREAK_STEP_BYTES, 0))
        note_break(); /* the break has moved within a run that has its leaf already */
    uint64_t *place = word_in(leaf, address);
    if (__builtin_expect(*place & MT_WORD_STACK, 0))
        end_missed(thread, place);

    read_clock(thread);
    const uint64_t word = stack | half_of(address);
    if (mt_is_large(size_bytes)) {
        uint64_t *second = second_place(leaf, place, address);
        if (__builtin_expect(!second, 0)) {
            count_lost();
            return;
        }
        store_large(thread, place, second, block, size_bytes, word);
    } else {
        store_small(thread, place, size_bytes, word);
    }
    account_allocation(thread->record, size_bytes);
}

/* The place of the block's record, NULL when it has none. */
static inline uint64_t *find_record(const void *block)
{
    const uintptr_t address = (uintptr_t)block;
    uint64_t *leaf = find_leaf(address);
    if (!leaf)
        return NULL;
    uint64_t *place = word_in(leaf, address);
    /* Another address of the same granule is not this block. */
    return *place & MT_WORD_STACK && (*place & MT_WORD_HALF) == half_of(address) ? place : NULL;
}

int mt_block_has_record(const void *block)
{
    return find_record(block) != NULL;
}

struct mt_record mt_block_take_out(const void *block)
{
    uint64_t *place = find_record(block);
    if (!place)
        return (struct mt_record){0};
    const uint64_t word = *place;
    /* Relaxed is enough: the allocator's own synchronization orders this store before the store
     * of whoever is given the address next. */
    __atomic_store_n(place, 0, __ATOMIC_RELAXED);
    return (struct mt_record){place, word, 0};
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

static __attribute__((noinline)) void note_churn(struct mt_record record)
{
    if (was_own_mapping(record))
        mt_churn_count((uint32_t)(record.word & MT_WORD_STACK), mt_record_size(record));
}

void mt_block_released(struct mt_thread_state *thread, struct mt_record record)
{
    if (__builtin_expect(mt_record_size(record) >= OWN_MAPPING_LEAST_BYTES, 0))
        note_churn(record);
    if (__builtin_expect(record.word != 0, 1))
        account_release(thread->record, mt_record_size(record));
    else if (!mt_options.sample_bytes)
        mt_thread_add(&thread->record->unknown_frees, 1);
}

void mt_block_moved(struct mt_thread_state *thread, struct mt_record record)
{
    if (record.word)
        account_release(thread->record, mt_record_size(record));
    if (record.word || mt_options.sample_bytes)
        mt_thread_add(&thread->record->other_releases, 1);
}
