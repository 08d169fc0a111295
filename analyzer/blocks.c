/* blocks.c: the live blocks, from the LEAVES extents to one array of records in address order.
 *
 * Leaves are sorted by address and their words gathered leaf by leaf; a run that has both an odd
 * and an even leaf is merged. A record keeps a block's words as they were in the file (24 bytes a
 * block) and is taken apart when it is visited.
 *
 * A leaf of a running process changes while it is read. It is then read three times over: a word
 * counts when the first and the third reading agree, and a large block's second word is taken from
 * the reading between, for it is stored before the first word and stays as long as that does. */
#include "trace_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_BITS = 57 }; /* of user space, with five levels of page tables */

static uint64_t stack_of(uint64_t word)
{
    return word & MT_WORD_STACK;
}

static uint64_t size_of(const struct mt_record *record)
{
    if (record->first & MT_WORD_LARGE)
        return mt_size_decode(record->first >> MT_WORD_LARGE_SIZE_SHIFT);
    return record->first >> MT_WORD_SMALL_SIZE_SHIFT & 0x3f;
}

static uint64_t thread_of(const struct mt_record *record)
{
    const uint64_t mask = (1 << MT_THREAD_BITS) - 1;
    if (record->first & MT_WORD_LARGE)
        return record->second >> MT_WORD_LARGE_THREAD_SHIFT & mask;
    return record->first >> MT_WORD_SMALL_THREAD_SHIFT & mask;
}

static uint64_t born_of(const struct mt_record *record)
{
    if (record->first & MT_WORD_LARGE)
        return mt_time_decode(record->second >> MT_WORD_LARGE_TIME_SHIFT);
    return mt_time_decode(record->first >> MT_WORD_SMALL_TIME_SHIFT);
}

/* ---- leaves ---- */

static unsigned run_shift(const struct mt_trace *trace)
{
    return trace->header.granule_shift + 9; /* 512 granules */
}

static uint64_t run_of(const struct mt_leaf *leaf)
{
    return leaf->base & ~MT_BASE_ODD;
}

static int compare_leaves(const void *left, const void *right)
{
    const struct mt_leaf *a = left, *b = right;
    if (a->base != b->base)
        return a->base < b->base ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int add_leaves(struct mt_trace *trace, const struct mt_place *place)
{
    struct mt_blocks *blocks = &trace->blocks;
    uint64_t pages = (uint64_t)place->units * (MT_UNIT_BYTES / MT_LEAF_BYTES);
    unsigned count =
        pages - 1 < MT_LEAVES_PER_EXTENT_MAX ? (unsigned)pages - 1 : MT_LEAVES_PER_EXTENT_MAX;
    uint64_t bases[MT_LEAVES_PER_EXTENT_MAX];
    uint64_t offset = place->offset + MT_LEAF_BASES_OFFSET;
    mt_trace_read(trace, offset, bases, count * sizeof bases[0]);

    struct mt_leaf *leaves =
        reallocarray(blocks->leaves, blocks->leaf_count + count, sizeof *leaves);
    if (!leaves)
        return -1;
    blocks->leaves = leaves;
    for (unsigned i = 0; i < count; i++) {
        struct mt_leaf leaf = {bases[i], place->offset + (uint64_t)(1 + i) * MT_LEAF_BYTES};
        uint64_t misplaced = run_of(&leaf) & ((UINT64_C(1) << run_shift(trace)) - 1);
        if (misplaced || leaf.base >> ADDRESS_BITS)
            mt_trace_note(trace, &trace->damage.bad_extents, offset + i * sizeof bases[0],
                          "no leaf can begin at address 0x%" PRIx64, leaf.base);
        else if (leaf.base != 0)
            leaves[blocks->leaf_count++] = leaf;
    }
    return 0;
}

/* Two leaves of one base would be two truths about the same addresses: the first stands. */
static void drop_doubles(struct mt_trace *trace)
{
    struct mt_blocks *blocks = &trace->blocks;
    size_t kept = 0;
    for (size_t i = 0; i < blocks->leaf_count; i++) {
        const struct mt_leaf *leaf = &blocks->leaves[i];
        if (kept > 0 && blocks->leaves[kept - 1].base == leaf->base)
            mt_trace_note(trace, &trace->damage.bad_extents, leaf->offset,
                          "a second leaf for address 0x%" PRIx64, leaf->base);
        else
            blocks->leaves[kept++] = *leaf;
    }
    blocks->leaf_count = kept;
}

static int find_leaves(struct mt_trace *trace, const struct mt_places *places)
{
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_LEAVES && add_leaves(trace, &places->at[i]))
            return -1;
    struct mt_blocks *blocks = &trace->blocks;
    if (blocks->leaf_count)
        qsort(blocks->leaves, blocks->leaf_count, sizeof *blocks->leaves, compare_leaves);
    drop_doubles(trace);
    return 0;
}

/* Where the word that follows the leaf's last one is: the first of the same sort of leaf in the
 * next run. 0 when there is no such leaf. */
static uint64_t offset_after(const struct mt_trace *trace, const struct mt_leaf *leaf)
{
    const struct mt_blocks *blocks = &trace->blocks;
    const struct mt_leaf *end = blocks->leaves + blocks->leaf_count;
    uint64_t base = leaf->base + (UINT64_C(1) << run_shift(trace));
    while (++leaf < end && leaf->base <= base)
        if (leaf->base == base)
            return leaf->offset;
    return 0;
}

/* ---- records ---- */

/* The words of a leaf, and the word after its last. */
struct leaf_words {
    uint64_t first[MT_LEAF_WORDS];
    uint64_t second[MT_LEAF_WORDS + 1];
};

static void read_leaf(const struct mt_trace *trace, const struct mt_leaf *leaf,
                      struct leaf_words *words)
{
    mt_trace_read(trace, leaf->offset, words->first, MT_LEAF_BYTES);
    if (trace->is_live)
        mt_trace_read(trace, leaf->offset, words->second, MT_LEAF_BYTES);
    else
        memcpy(words->second, words->first, MT_LEAF_BYTES);

    words->second[MT_LEAF_WORDS] = 0;
    uint64_t after = 0;
    if (words->first[MT_LEAF_WORDS - 1] & MT_WORD_LARGE)
        after = offset_after(trace, leaf);
    if (after)
        mt_trace_read(trace, after, &words->second[MT_LEAF_WORDS], sizeof words->second[0]);
    if (!trace->is_live)
        return;

    uint64_t again[MT_LEAF_WORDS];
    mt_trace_read(trace, leaf->offset, again, MT_LEAF_BYTES);
    for (unsigned i = 0; i < MT_LEAF_WORDS; i++)
        if (words->first[i] != again[i])
            words->first[i] = 0; /* the block came or went at this moment */
}

static int add_record(struct mt_blocks *blocks, const struct mt_record *record)
{
    if (blocks->count == blocks->room) {
        size_t room = blocks->room ? 2 * blocks->room : 1024;
        struct mt_record *records = reallocarray(blocks->records, room, sizeof *records);
        if (!records)
            return -1;
        blocks->records = records;
        blocks->room = room;
    }
    blocks->records[blocks->count++] = *record;
    return 0;
}

/* Why a record's words cannot be a block; NULL for a sound one. */
static const char *fault_of(const struct mt_trace *trace, const struct mt_record *record)
{
    if ((record->first & MT_WORD_HALF) && trace->header.granule_shift == 4)
        return "a block in half of a granule that has no halves";
    if (!(record->first & MT_WORD_LARGE) != !mt_is_large(size_of(record)))
        return "a block whose size does not go with its kind of record";
    if (size_of(record) >> ADDRESS_BITS)
        return "a block larger than any address space";
    return NULL;
}

static int add_words(struct mt_trace *trace, const struct mt_leaf *leaf,
                     const struct leaf_words *words)
{
    for (unsigned i = 0; i < MT_LEAF_WORDS; i++) {
        struct mt_record record = {.first = words->first[i]};
        if (stack_of(record.first) == 0)
            continue; /* nothing, or the second word of the block before it */
        record.address = run_of(leaf) + ((uint64_t)i << trace->header.granule_shift) +
                         (record.first & MT_WORD_HALF ? 16 : 0) + (leaf->base & MT_BASE_ODD);
        const char *fault = fault_of(trace, &record);
        if (fault) {
            mt_trace_note(trace, &trace->damage.bad_blocks, leaf->offset + i * sizeof record.first,
                          "%s", fault);
            continue;
        }
        if (record.first & MT_WORD_LARGE)
            record.second = words->second[i + 1];
        if (stack_of(record.second) != 0) { /* a block was given inside of this one */
            trace->damage.stale_blocks++;
            continue;
        }
        if (add_record(&trace->blocks, &record))
            return -1;
    }
    return 0;
}

static int compare_records(const void *left, const void *right)
{
    const struct mt_record *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

int mt_blocks_read(struct mt_trace *trace, const struct mt_places *places)
{
    struct mt_blocks *blocks = &trace->blocks;
    if (find_leaves(trace, places))
        return -1;
    for (size_t i = 0; i < blocks->leaf_count;) {
        size_t first_record = blocks->count, first_leaf = i;
        do {
            struct leaf_words words;
            read_leaf(trace, &blocks->leaves[i], &words);
            if (add_words(trace, &blocks->leaves[i], &words))
                return -1;
            i++;
        } while (i < blocks->leaf_count &&
                 run_of(&blocks->leaves[i]) == run_of(&blocks->leaves[first_leaf]));
        if (i - first_leaf > 1 && blocks->count > first_record)
            qsort(blocks->records + first_record, blocks->count - first_record,
                  sizeof *blocks->records, compare_records);
    }
    free(blocks->leaves);
    blocks->leaves = NULL;
    return 0;
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

static bool has_stack(const struct mt_trace *trace, const struct mt_record *record)
{
    uint32_t stack = (uint32_t)stack_of(record->first);
    return stack < MT_NODES_HEAD || mt_trace_node(trace, stack);
}

void mt_blocks_settle(struct mt_trace *trace)
{
    struct mt_blocks *blocks = &trace->blocks;
    struct mt_record *records = blocks->records;
    size_t kept = 0;
    for (size_t i = 0; i < blocks->count; i++) {
        struct mt_record *record = &records[i];
        if (!has_stack(trace, record)) {
            trace->damage.bad_blocks++;
            continue;
        }
        while (kept > 0 &&
               records[kept - 1].address + size_of(&records[kept - 1]) > record->address &&
               is_younger(record, &records[kept - 1])) {
            kept--;
            trace->damage.stale_blocks++;
        }
        if (kept > 0 && records[kept - 1].address + size_of(&records[kept - 1]) > record->address)
            trace->damage.stale_blocks++;
        else
            records[kept++] = *record;
    }
    blocks->count = kept;
}

/* ---- visiting ---- */

static enum mt_storage storage_of(const struct mt_trace *trace, const struct mt_record *record,
                                  bool has_allocator)
{
    if (record->second & MT_WORD_OWN_MAPPING)
        return MT_STORAGE_MMAP;
    if (record->address >= trace->header.brk_start && record->address < trace->header.brk_end)
        return MT_STORAGE_BRK;
    return has_allocator ? MT_STORAGE_ARENA : MT_STORAGE_UNKNOWN;
}

int mt_trace_blocks(const struct mt_trace *trace,
                    int (*visit)(const struct mt_block *block, void *context), void *context)
{
    const char *allocator = mt_trace_text(trace, MT_FACT_ALLOCATOR);
    bool has_allocator = allocator && *allocator && strncmp(allocator, "unknown", 7) != 0;
    for (size_t i = 0; i < trace->blocks.count; i++) {
        const struct mt_record *record = &trace->blocks.records[i];
        const uint32_t stack = (uint32_t)stack_of(record->first);
        const struct mt_node *node = mt_trace_node(trace, stack);
        const uint32_t thread = (uint32_t)thread_of(record);
        struct mt_block block = {
            .address = record->address,
            .size_bytes = size_of(record),
            .born_ms = born_of(record),
            .stack = node ? stack : 0,
            .thread = mt_trace_thread(trace, thread) ? thread : 0,
            .function = node && node->function < MT_FN_COUNT ? node->function : MT_FN_UNKNOWN,
            .storage = storage_of(trace, record, has_allocator),
        };
        int result = visit(&block, context);
        if (result)
            return result;
    }
    return 0;
}

const char *mt_storage_name(enum mt_storage storage)
{
    static const char *const names[MT_STORAGE_COUNT] = {"brk", "arena", "mmap", "unknown"};
    return (unsigned)storage < MT_STORAGE_COUNT ? names[storage] : names[MT_STORAGE_UNKNOWN];
}
