/* leaves.c: from the LEAVES extents to one array of records in address order. Leaves are sorted by
 * address and their words gathered leaf by leaf; a run that has both an odd and an even leaf is
 * merged. A record is a block's words as they were in the file: 24 bytes a block.
 *
 * A leaf of a running process changes while it is read. It is then read three times over: a word
 * counts when the first and the third reading agree, and a large block's second word is taken from
 * the reading between, for it is stored before the first word and stays as long as that does. */
#include "trace_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_BITS = 57 }; /* of user space, with five levels of page tables */

static unsigned run_shift(const struct mt_trace *trace)
{
    return trace->header.granule_shift + 9; /* 512 granules */
}

static uint64_t run_of(const struct mt_leaf *leaf)
{
    return leaf->base & ~MT_BASE_ODD;
}

static int compare_bases(const void *left, const void *right)
{
    const struct mt_leaf *a = left, *b = right;
    return a->base < b->base ? -1 : a->base > b->base;
}

static int compare_leaves(const void *left, const void *right)
{
    const struct mt_leaf *a = left, *b = right;
    int bases = compare_bases(left, right);
    return bases ? bases : a->offset < b->offset ? -1 : a->offset > b->offset;
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
        struct mt_leaf leaf = {bases[i], place->offset + (uint64_t)(1 + i) * MT_LEAF_BYTES,
                               place->ordinal, i};
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

const struct mt_leaf *mt_record_leaf(const struct mt_trace *trace, const struct mt_record *record)
{
    const struct mt_leaf key = {
        .base = (record->address >> run_shift(trace) << run_shift(trace)) |
                (record->address & MT_BASE_ODD),
    };
    const struct mt_blocks *blocks = &trace->blocks;
    return bsearch(&key, blocks->leaves, blocks->leaf_count, sizeof key, compare_bases);
}

uint64_t mt_record_offset(const struct mt_trace *trace, const struct mt_record *record)
{
    const struct mt_leaf *leaf = mt_record_leaf(trace, record);
    uint64_t word = record->address >> trace->header.granule_shift & (MT_LEAF_WORDS - 1);
    return leaf ? leaf->offset + word * sizeof record->first : 0;
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

    uint64_t *last = &words->first[MT_LEAF_WORDS - 1];
    words->second[MT_LEAF_WORDS] = 0;
    const uint64_t after = *last & MT_WORD_LARGE ? offset_after(trace, leaf) : 0;
    if (after)
        mt_trace_read(trace, after, &words->second[MT_LEAF_WORDS], sizeof words->second[0]);
    if (!trace->is_live)
        return;
    if (*last & MT_WORD_LARGE && !after)
        *last = 0; /* that leaf has been made since they were listed, and so has the block */

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
    if (mt_record_is_large(record) != mt_is_large(mt_record_size(record)))
        return "a block whose size does not go with its kind of record";
    if (mt_record_size(record) >> ADDRESS_BITS)
        return "a block larger than any address space";
    return NULL;
}

static int add_words(struct mt_trace *trace, const struct mt_leaf *leaf,
                     const struct leaf_words *words)
{
    for (unsigned i = 0; i < MT_LEAF_WORDS; i++) {
        struct mt_record record = {.first = words->first[i]};
        if (mt_record_stack(&record) == 0)
            continue; /* nothing, or the second word of the block before it */
        record.address = run_of(leaf) + ((uint64_t)i << trace->header.granule_shift) +
                         (record.first & MT_WORD_HALF ? 16 : 0) + (leaf->base & MT_BASE_ODD);
        const char *fault = fault_of(trace, &record);
        if (fault) {
            mt_trace_note(trace, &trace->damage.bad_blocks, leaf->offset + i * sizeof record.first,
                          "%s", fault);
            continue;
        }
        if (mt_record_is_large(&record))
            record.second = words->second[i + 1];
        if (record.second & MT_WORD_STACK) { /* a block was given inside of this one */
            mt_trace_note_stale(trace);
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

int mt_leaves_read(struct mt_trace *trace, const struct mt_places *places)
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
    return 0;
}
