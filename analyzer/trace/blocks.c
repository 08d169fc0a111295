/* blocks.c: the live blocks, from the records of leaves.c to what a visitor is shown: records that
 * cannot be are dropped, and so are stale ones. A stale record is that of a block whose release
 * passed the tracer by: a block that was given later overlaps it. */
#include "trace_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t thread_of(const struct mt_record *record)
{
    const uint64_t mask = (1 << MT_THREAD_BITS) - 1;
    if (mt_record_is_large(record))
        return record->second >> MT_WORD_LARGE_THREAD_SHIFT & mask;
    return record->first >> MT_WORD_SMALL_THREAD_SHIFT & mask;
}

static uint64_t born_of(const struct mt_record *record)
{
    if (mt_record_is_large(record))
        return mt_time_decode(record->second >> MT_WORD_LARGE_TIME_SHIFT);
    return mt_time_decode(record->first >> MT_WORD_SMALL_TIME_SHIFT);
}

void mt_blocks_finish(struct mt_blocks *blocks)
{
    free(blocks->leaves);
    free(blocks->records);
}

/* ---- stale records ---- */

/* Whether `later` was given after `earlier`, which begins before it; at the same time as far as
 * can be told, no: freed memory that is joined to its neighbour is given out from its beginning.
 * Small records keep time less exactly than large ones, so both are compared as small ones. */
static bool is_younger(const struct mt_record *later, const struct mt_record *earlier)
{
    return mt_time_decode(mt_time_encode(born_of(later), MT_TIME_BITS_SMALL)) >
           mt_time_decode(mt_time_encode(born_of(earlier), MT_TIME_BITS_SMALL));
}

static bool overlaps(const struct mt_record *lower, const struct mt_record *higher)
{
    return lower->address + mt_record_size(lower) > higher->address;
}

/* The records that stand are moved to the front of the array; no two of them overlap, so a new one
 * can only meet the last of them. */
void mt_blocks_settle(struct mt_trace *trace)
{
    struct mt_blocks *blocks = &trace->blocks;
    struct mt_record *records = blocks->records;
    size_t kept = 0;
    for (size_t i = 0; i < blocks->count; i++) {
        struct mt_record *record = &records[i];
        if (!mt_trace_node(trace, mt_record_stack(record))) {
            mt_trace_note(trace, &trace->damage.bad_blocks, mt_record_offset(trace, record),
                          "a block whose stack (node %" PRIu32 ") cannot be followed",
                          mt_record_stack(record));
            continue;
        }
        if (mt_proof_take(trace, record))
            continue;
        while (kept > 0 && overlaps(&records[kept - 1], record) &&
               is_younger(record, &records[kept - 1])) {
            kept--;
            mt_trace_note_stale(trace);
        }
        if (kept > 0 && overlaps(&records[kept - 1], record))
            mt_trace_note_stale(trace);
        else
            records[kept++] = *record;
    }
    blocks->count = kept;
}

/* ---- visiting ---- */

/* A block that is recorded with the chance p stands for 1 / p blocks of its sort: the sum over what
 * was recorded is then an unbiased estimate of the sum over all, whatever p depends on (Horvitz and
 * Thompson, "A generalization of sampling without replacement from a finite universe", JASA 47,
 * 1952). p is the chance that a Poisson process has a mark in the block's bytes. */
double mt_block_weight(const struct mt_trace *trace, uint64_t size_bytes)
{
    if (!mt_trace_is_sampled(trace))
        return 1;
    const double length = size_bytes ? (double)size_bytes : 1;
    return -1 / expm1(-length / (double)trace->header.sample_bytes);
}

static enum mt_storage storage_of(const struct mt_trace *trace, const struct mt_record *record,
                                  bool has_allocator)
{
    const struct mt_header *header = &trace->header;
    const bool is_guarded =
        record->address >= header->guarded_start && record->address < header->guarded_end;
    if (record->second & MT_WORD_OWN_MAPPING || is_guarded)
        return MT_STORAGE_MMAP;
    if (record->address >= header->brk_start && record->address < header->brk_end)
        return MT_STORAGE_BRK;
    return has_allocator ? MT_STORAGE_ARENA : MT_STORAGE_UNKNOWN;
}

static bool has_allocator(const struct mt_trace *trace)
{
    const char *allocator = mt_trace_text(trace, MT_FACT_ALLOCATOR);
    return allocator && *allocator && strncmp(allocator, "unknown", 7) != 0;
}

static void describe(const struct mt_trace *trace, const struct mt_record *record,
                     bool is_known_allocator, struct mt_verdict_walk *verdicts,
                     struct mt_block *ret_block)
{
    const uint32_t stack = mt_record_stack(record);
    const struct mt_node *node = mt_trace_node(trace, stack); /* there: see above */
    const uint32_t thread = (uint32_t)thread_of(record);
    enum mt_verdict verdict[MT_PLANES];
    mt_verdicts_of(verdicts, record, born_of(record), verdict);
    *ret_block = (struct mt_block){
        .address = record->address,
        .size_bytes = mt_record_size(record),
        .born_ms = born_of(record),
        .stack = stack,
        .thread = mt_trace_thread(trace, thread) ? thread : 0,
        .function = node->function < MT_FN_COUNT ? node->function : MT_FN_UNKNOWN,
        .storage = storage_of(trace, record, is_known_allocator),
        .weight = mt_block_weight(trace, mt_record_size(record)),
        .verdict = verdict[MT_NEWEST],
        .before = verdict[MT_BEFORE],
    };
}

int mt_trace_blocks(const struct mt_trace *trace,
                    int (*visit)(const struct mt_block *block, void *context), void *context)
{
    const bool is_known_allocator = has_allocator(trace);
    struct mt_verdict_walk verdicts = {.trace = trace};
    for (size_t i = 0; i < trace->blocks.count; i++) {
        struct mt_block block;
        describe(trace, &trace->blocks.records[i], is_known_allocator, &verdicts, &block);
        int result = visit(&block, context);
        if (result)
            return result;
    }
    return 0;
}

bool mt_trace_block_at(const struct mt_trace *trace, uint64_t address, struct mt_block *ret_block)
{
    const struct mt_blocks *blocks = &trace->blocks;
    size_t low = 0, high = blocks->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (blocks->records[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct mt_record *record = low ? &blocks->records[low - 1] : NULL;
    if (!record ||
        (address != record->address && address - record->address >= mt_record_size(record)))
        return false;
    struct mt_verdict_walk verdicts = {.trace = trace};
    describe(trace, record, has_allocator(trace), &verdicts, ret_block);
    return true;
}

const char *mt_storage_name(enum mt_storage storage)
{
    static const char *const names[MT_STORAGE_COUNT] = {"brk", "arena", "mmap", "unknown"};
    return (unsigned)storage < MT_STORAGE_COUNT ? names[storage] : names[MT_STORAGE_UNKNOWN];
}
