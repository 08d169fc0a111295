/* scan_objects.h: the blocks and mappings that lived when the scan began, found by any address in
 * them.
 *
 * Made from the trace's table, which goes on changing where the program does: one bit for each
 * granule says that a block began there. Sizes are read from the table when they are needed; of a
 * block that has been released meanwhile the allocator's own header, in our copy of the memory,
 * says the size. An object is named by the number of its leaf and the word in it; mappings have
 * leaves of their own behind those of the blocks. Leaves are in the order of addresses. */
#ifndef MT_SCAN_OBJECTS_H
#define MT_SCAN_OBJECTS_H

#include <stdint.h>
#include "memtrace/trace_format.h"
#include "memtrace/trace_snapshot.h"
#include "ranges.h"

/* What is noted of an object, one bit each. */
enum mt_mark {
    MT_MARK_REACHABLE,
    MT_MARK_POSSIBLE,
    MT_MARK_INSIDE,   /* something reachable points into it, but not to its start */
    MT_MARK_INDIRECT, /* a lost object points to it */
    MT_MARK_IGNORED,
    MT_MARK_GREY, /* marked, but not read yet: there was no room to remember it otherwise */
    MT_MARKS,
};

typedef uint64_t mt_object; /* leaf << 9 | word */
#define MT_OBJECT_NONE UINT64_MAX

enum { MT_LEAF_BITS_WORDS = MT_LEAF_WORDS / 64 };
typedef uint64_t mt_leaf_bits[MT_LEAF_BITS_WORDS];

/* What is known of a leaf of blocks: 128 bytes that a lookup touches. */
struct mt_leaf_starts {
    mt_leaf_bits starts; /* an object begins in the granule */
    mt_leaf_bits halves; /* in its upper half */
};

/* A mapping, in one piece, or in several that lie side by side and are one. */
struct mt_mapped {
    uint64_t start, end;
    uint64_t pointer; /* a thread's stack, that has ended: the only address that points to it */
    uint64_t birth;
    uint32_t stack; /* node id */
    uint32_t detail;
    uint8_t kind;  /* enum mt_mapping_kind */
    uint8_t state; /* MT_MAPPING_* */
    uint8_t is_shared;
    uint8_t protection; /* of all pieces together */
    uint8_t
        has_blocks; /* blocks begin in it: 0 not asked yet, 1 no, 2 yes; see mt_mapped_has_blocks */
};

struct mt_objects {
    unsigned granule_shift;
    int has_glibc_headers;
    int has_odd;            /* some leaves are of addresses 8 above a multiple of 16 */
    int is_changing;        /* the program goes on while we look */
    uint32_t proof_stack;  /* option proof; 0 none */
    uint64_t born_ms;       /* blocks that are younger in the table are not the ones that we saw */
    uint64_t low, span;     /* no address outside low, low + span lies in an object */
    uint32_t leaves;        /* of blocks */
    uint32_t all_leaves;    /* and of mappings */
    uint32_t **runs;        /* by address >> 32, then by run and parity: number of the leaf + 1 */
    const uint64_t **words; /* by leaf: its words in the table */
    uint64_t *bases;
    struct mt_leaf_starts *bits;
    mt_leaf_bits *marks[MT_MARKS];
    struct mt_ranges large; /* blocks longer than a run, their number */
    struct mt_mapped *mapped;
    uint32_t mapped_count;
};

/* Makes the list from the first `units` units of the trace. granule_shift, has_glibc_headers,
 * is_changing, born_ms and the rest zero. What it tells apart by time and place must stand still
 * meanwhile. Returns 0 when there is no memory. */
int mt_objects_build(struct mt_objects *objects, struct mt_header *header, uint64_t units);

/* Whether the address may lie in an object: to be asked first. */
static inline int mt_objects_near(const struct mt_objects *objects, uint64_t address)
{
    return address - objects->low < objects->span;
}

/* The object that the address lies in; *ret_is_start: it points to the object's start, or to where
 * pointers to it point. MT_OBJECT_NONE: none. The address has passed mt_objects_near. */
mt_object mt_object_around(const struct mt_objects *objects, uint64_t address, int *ret_is_start);

/* The mapping that holds the address, whatever points to it; NULL none. */
struct mt_mapped *mt_objects_mapping(const struct mt_objects *objects, uint64_t address);

/* Whether a block begins in it. Looks through the table once for each mapping. */
int mt_mapped_has_blocks(const struct mt_objects *objects, struct mt_mapped *mapped);

/* The leaf that covers the address + 1; 0 none. */
static inline uint32_t mt_objects_leaf(const struct mt_objects *objects, uint64_t address)
{
    const uint32_t *runs = objects->runs[address >> 32];
    const unsigned shift = objects->granule_shift + 9;
    return runs ? runs[((address & UINT32_MAX) >> shift) * 2 + (address >> 3 & 1)] : 0;
}

/* The same as mt_object_around, the usual answer first. */
static inline mt_object mt_object_at(const struct mt_objects *objects, uint64_t address,
                                     int *ret_is_start)
{
    const uint32_t leaf = mt_objects_leaf(objects, address);
    if (leaf) {
        const struct mt_leaf_starts *bits = &objects->bits[leaf - 1];
        const unsigned word = address >> objects->granule_shift & (MT_LEAF_WORDS - 1);
        const uint64_t half = objects->granule_shift == 5 ? address >> 4 & 1 : 0;
        const unsigned odd = objects->granule_shift == 5 ? 15 : 7;
        if (!(address & odd) && bits->starts[word / 64] >> (word % 64) & 1 &&
            (bits->halves[word / 64] >> (word % 64) & 1) == half) {
            *ret_is_start = 1;
            return (uint64_t)(leaf - 1) << 9 | word;
        }
    }
    return mt_object_around(objects, address, ret_is_start);
}

static inline int mt_object_is_block(const struct mt_objects *objects, mt_object object)
{
    return object >> 9 < objects->leaves;
}

static inline struct mt_mapped *mt_object_mapped(const struct mt_objects *objects, mt_object object)
{
    return &objects->mapped[object - ((uint64_t)objects->leaves << 9)];
}

static inline uint64_t mt_object_start(const struct mt_objects *objects, mt_object object)
{
    const uint64_t leaf = object >> 9, word = object & (MT_LEAF_WORDS - 1);
    if (leaf >= objects->leaves)
        return mt_object_mapped(objects, object)->start;
    const uint64_t half = objects->bits[leaf].halves[word / 64] >> (word % 64) & 1;
    return objects->bases[leaf] + (word << objects->granule_shift) + half * 16;
}

/* Whether the tracer itself asked for the block (proof.h): it is judged, and counts nowhere. */
static inline int mt_object_is_proof(const struct mt_objects *objects, mt_object object)
{
    return objects->proof_stack && mt_object_is_block(objects, object) &&
           (objects->words[object >> 9][object & (MT_LEAF_WORDS - 1)] & MT_WORD_STACK) ==
               objects->proof_stack;
}

/* In bytes; 0 for a block of no bytes. */
uint64_t mt_object_size(const struct mt_objects *objects, mt_object object);

/* Sets the bit; returns whether it was set. */
static inline int mt_object_mark(struct mt_objects *objects, mt_object object, enum mt_mark mark)
{
    uint64_t *bits = &objects->marks[mark][object >> 9][(object & 511) / 64];
    const uint64_t bit = UINT64_C(1) << (object & 63), before = *bits;
    *bits = before | bit;
    return (before & bit) != 0;
}

static inline int mt_object_has(const struct mt_objects *objects, mt_object object,
                                enum mt_mark mark)
{
    return objects->marks[mark][object >> 9][(object & 511) / 64] >> (object & 63) & 1;
}

/* After the marks are final. */
static inline enum mt_verdict mt_object_verdict(const struct mt_objects *objects, mt_object object)
{
    if (mt_object_has(objects, object, MT_MARK_IGNORED))
        return MT_VERDICT_IGNORED;
    if (mt_object_has(objects, object, MT_MARK_REACHABLE))
        return MT_VERDICT_REACHABLE;
    if (mt_object_has(objects, object, MT_MARK_POSSIBLE))
        return MT_VERDICT_POSSIBLE;
    return mt_object_has(objects, object, MT_MARK_INDIRECT) ? MT_VERDICT_INDIRECT
                                                            : MT_VERDICT_DEFINITE;
}

/* The first block that begins at or after `address` and before `end`; *ret_object: which. Returns
 * its address; `end` when there is none. */
uint64_t mt_objects_next_block(const struct mt_objects *objects, uint64_t address, uint64_t end,
                               mt_object *ret_object);

#endif
