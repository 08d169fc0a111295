/* scan_objects.h: the blocks and mappings that lived when the scan began, found by any address in
 * them, and what is known of each.
 *
 * Made from the trace's table, which goes on changing where the program does. What is known of a
 * block, and that one began there at all, stands in the trace where its verdict will: four bits for
 * each granule, in a plane that has no name until the scan is done, so that nobody takes it for
 * verdicts. The scan needs no memory of its own beside it but for 40 bytes a leaf.
 *
 * Sizes are read from the table when they are needed; of a block that has been released meanwhile
 * the allocator's own header, in our copy of the memory, says the size. An object is named by the
 * number of its leaf and the word in it; mappings have leaves of their own behind those of the
 * blocks. Leaves are in the order of addresses. */
#ifndef MT_SCAN_OBJECTS_H
#define MT_SCAN_OBJECTS_H

#include <stdint.h>
#include "memtrace/trace_format.h"
#include "memtrace/trace_snapshot.h"
#include "prefetch.h"
#include "ranges.h"

enum mt_state {
    MT_STATE_NONE,   /* no object begins here */
    MT_STATE_WHITE,  /* nothing is known to lead to it */
    MT_STATE_INSIDE, /* something reachable points into it, but not to its start; in
                        MT_PASS_INDIRECT, when there is none of those any more: it has led off */
    MT_STATE_GREY,   /* found in this pass, but not read yet: there was no room to remember it
                        otherwise */
    MT_STATE_REACHABLE,
    MT_STATE_POSSIBLE,
    MT_STATE_INDIRECT, /* a lost object points to it */
    MT_STATE_IGNORED,  /* and what it leads to is reachable */
};

enum { MT_RUN_BITS = 9 }; /* a leaf covers a run of so many granules */
static_assert(1 << MT_RUN_BITS == MT_LEAF_WORDS, "a word for each granule");

typedef uint64_t mt_object; /* leaf << MT_RUN_BITS | word */
#define MT_OBJECT_NONE UINT64_MAX

/* A leaf's states: state << 1 | it begins in the granule's upper half; 16 to a word. */
enum { MT_STATES_WORDS = MT_LEAF_WORDS * MT_VERDICT_BITS / 64 };
#define MT_STATES_LOWEST UINT64_C(0x1111111111111111) /* the lowest bit of each */

struct mt_scanned_leaf {
    const uint64_t *words; /* in the table */
    uint64_t *states;
    uint64_t base;  /* address */
    uint32_t begun; /* bit i: an object begins in one of the i-th 16 granules */
};
static_assert(MT_STATES_WORDS == 32, "a bit for each");

/* Where states stand: the VERDICTS extents of a plane, by ordinal of LEAVES; NULL: there is none.
 */
struct mt_planes {
    struct mt_extent **of;
    uint32_t count;
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
    uint8_t is_fixed;   /* the program said where it has to lie */
    uint8_t is_joined;  /* it and the one before are parts of one reservation */
    uint8_t
        has_blocks; /* blocks begin in it: 0 not asked yet, 1 no, 2 yes; see mt_mapped_has_blocks */
};

struct mt_objects {
    unsigned granule_shift;
    int has_glibc_headers;
    int has_odd;          /* some leaves are of addresses 8 above a multiple of 16 */
    int is_changing;      /* the program goes on while we look */
    uint32_t proof_stack; /* option proof; 0 none */
    uint64_t born_ms;     /* blocks that are younger in the table are not the ones that we saw */
    uint64_t low, span;   /* no address outside low, low + span lies in an object */
    uint32_t leaves;      /* of blocks */
    uint32_t all_leaves;  /* and of mappings */
    uint32_t **runs;      /* by address >> 32, then by run and parity: number of the leaf + 1; NULL
                             where no object lies */
    struct mt_scanned_leaf *leaf;
    enum mt_state grey_as;  /* what a grey object is, in this pass */
    struct mt_ranges large; /* blocks longer than a run, their number */
    struct mt_mapped *mapped;
    uint32_t mapped_count;
};

/* Makes the list from the first `units` units of the trace. granule_shift, has_glibc_headers,
 * is_changing, born_ms and the rest zero. What it tells apart by time and place must stand still
 * meanwhile. Leaves without a plane have their states elsewhere. Returns 0 when there is no
 * memory. */
int mt_objects_build(struct mt_objects *objects, struct mt_header *header, uint64_t units,
                     const struct mt_planes *planes);

/* That one leaf covers. */
static inline uint64_t mt_objects_run_bytes(const struct mt_objects *objects)
{
    return (uint64_t)MT_LEAF_WORDS << objects->granule_shift;
}

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

/* Of an address that lies in no object: where nothing lies around it, as far as that is easily
 * told, but no further than MT_GAP_BYTES at a multiple of that. Returns 0 where it is not. */
enum { MT_GAP_BYTES = 4096 };
int mt_objects_gap(const struct mt_objects *objects, uint64_t address, uint64_t *ret_start,
                   uint64_t *ret_end);

/* The leaf that covers the address + 1; 0 none. */
static inline uint32_t mt_objects_leaf(const struct mt_objects *objects, uint64_t address)
{
    const uint32_t *runs = objects->runs[address >> 32];
    const unsigned shift = objects->granule_shift + MT_RUN_BITS;
    return runs ? runs[((address & UINT32_MAX) >> shift) * 2 + (address >> 3 & 1)] : 0;
}

/* Asks for what will be read of an object that begins at the address: its first words, and what
 * the table has of it. */
static inline void mt_objects_prefetch(const struct mt_objects *objects, uint64_t address)
{
    const uint32_t leaf = mt_objects_leaf(objects, address);
    const unsigned word = address >> objects->granule_shift & (MT_LEAF_WORDS - 1);
    mt_prefetch(address);
    if (leaf)
        mt_prefetch((uintptr_t)&objects->leaf[leaf - 1].words[word]);
}

static inline unsigned mt_object_bits(const struct mt_objects *objects, mt_object object)
{
    const uint64_t *states = objects->leaf[object >> MT_RUN_BITS].states;
    return states[(object & (MT_LEAF_WORDS - 1)) / 16] >> (object & 15) * 4 & 15;
}

/* The same as mt_object_around, the usual answer first. */
static inline mt_object mt_object_at(const struct mt_objects *objects, uint64_t address,
                                     int *ret_is_start)
{
    if (!objects->runs[address >> 32])
        return MT_OBJECT_NONE;
    const uint32_t leaf = mt_objects_leaf(objects, address);
    if (leaf) {
        const unsigned word = address >> objects->granule_shift & (MT_LEAF_WORDS - 1);
        const unsigned half = objects->granule_shift == 5 ? address >> 4 & 1 : 0;
        const unsigned odd = objects->granule_shift == 5 ? 15 : 7;
        const mt_object object = (uint64_t)(leaf - 1) << MT_RUN_BITS | word;
        const unsigned bits = mt_object_bits(objects, object);
        if (!(address & odd) && bits && (bits & 1) == half) {
            *ret_is_start = 1;
            return object;
        }
    }
    return mt_object_around(objects, address, ret_is_start);
}

static inline mt_object mt_mapped_object(const struct mt_objects *objects, uint64_t number)
{
    return ((uint64_t)objects->leaves << MT_RUN_BITS) + number;
}

static inline int mt_object_is_block(const struct mt_objects *objects, mt_object object)
{
    return object >> MT_RUN_BITS < objects->leaves;
}

static inline struct mt_mapped *mt_object_mapped(const struct mt_objects *objects, mt_object object)
{
    return &objects->mapped[object - ((uint64_t)objects->leaves << MT_RUN_BITS)];
}

static inline uint64_t mt_object_start(const struct mt_objects *objects, mt_object object)
{
    const uint64_t leaf = object >> MT_RUN_BITS, word = object & (MT_LEAF_WORDS - 1);
    if (leaf >= objects->leaves)
        return mt_object_mapped(objects, object)->start;
    const uint64_t half = mt_object_bits(objects, object) & 1;
    return objects->leaf[leaf].base + (word << objects->granule_shift) + half * 16;
}

/* Where the table has a block's first word, and that word. */
static inline const uint64_t *mt_object_place(const struct mt_objects *objects, mt_object object)
{
    return &objects->leaf[object >> MT_RUN_BITS].words[object & (MT_LEAF_WORDS - 1)];
}

static inline uint64_t mt_object_word(const struct mt_objects *objects, mt_object object)
{
    return *mt_object_place(objects, object);
}

/* The size in such a word. */
static inline uint64_t mt_word_size(uint64_t word)
{
    if (word & MT_WORD_LARGE)
        return mt_size_decode(word >> MT_WORD_LARGE_SIZE_SHIFT);
    return word >> MT_WORD_SMALL_SIZE_SHIFT & 63;
}

/* As mt_objects_prefetch, of an object that is known. */
static inline void mt_object_prefetch(const struct mt_objects *objects, mt_object object)
{
    if (!mt_object_is_block(objects, object))
        return;
    mt_prefetch((uintptr_t)mt_object_place(objects, object));
    mt_prefetch(mt_object_start(objects, object));
}

/* Whether the tracer itself asked for the block (proof.h): it is judged, and counts nowhere. */
static inline int mt_object_is_proof(const struct mt_objects *objects, mt_object object)
{
    return objects->proof_stack && mt_object_is_block(objects, object) &&
           (mt_object_word(objects, object) & MT_WORD_STACK) == objects->proof_stack;
}

/* In bytes; 0 for a block of no bytes. */
uint64_t mt_object_size(const struct mt_objects *objects, mt_object object);

static inline enum mt_state mt_object_state(const struct mt_objects *objects, mt_object object)
{
    const enum mt_state state = (enum mt_state)(mt_object_bits(objects, object) >> 1);
    return state == MT_STATE_GREY ? objects->grey_as : state;
}

static inline void mt_object_set(struct mt_objects *objects, mt_object object, enum mt_state state)
{
    uint64_t *states =
        &objects->leaf[object >> MT_RUN_BITS].states[(object & (MT_LEAF_WORDS - 1)) / 16];
    const unsigned shift = (object & 15) * 4;
    *states = (*states & ~(UINT64_C(14) << shift)) | (uint64_t)state << (shift + 1);
}

static inline int mt_state_is_kept(enum mt_state state)
{
    return state == MT_STATE_REACHABLE || state == MT_STATE_IGNORED;
}

/* Which of 16 granules are in that state; NONE: in any other. The lowest bit of each. */
static inline uint64_t mt_states_which(uint64_t states, enum mt_state state)
{
    const uint64_t other = (states >> 1 & MT_STATES_LOWEST * 7) ^ MT_STATES_LOWEST * state;
    const uint64_t is_other = (other | other >> 1 | other >> 2) & MT_STATES_LOWEST;
    return state == MT_STATE_NONE ? is_other : is_other ^ MT_STATES_LOWEST;
}

/* Those of the leaf's i-th 16 granules in which an object begins. */
static inline uint64_t mt_leaf_begins(const struct mt_objects *objects, uint64_t leaf, unsigned i)
{
    return mt_states_which(objects->leaf[leaf].states[i], MT_STATE_NONE);
}

/* The object in the lowest of them. */
static inline mt_object mt_leaf_object(uint64_t leaf, unsigned i, uint64_t which)
{
    return leaf << MT_RUN_BITS | i * 16 | (unsigned)__builtin_ctzll(which) / 4;
}

/* After the last pass. */
static inline enum mt_verdict mt_object_verdict(const struct mt_objects *objects, mt_object object)
{
    switch (mt_object_state(objects, object)) {
    case MT_STATE_REACHABLE:
        return MT_VERDICT_REACHABLE;
    case MT_STATE_POSSIBLE:
        return MT_VERDICT_POSSIBLE;
    case MT_STATE_INDIRECT:
        return MT_VERDICT_INDIRECT;
    case MT_STATE_IGNORED:
        return MT_VERDICT_IGNORED;
    default:
        return MT_VERDICT_DEFINITE;
    }
}

/* The first block that begins at or after `address` and before `end`; *ret_object: which. Returns
 * its address; `end` when there is none. */
uint64_t mt_objects_next_block(const struct mt_objects *objects, uint64_t address, uint64_t end,
                               mt_object *ret_object);

#endif
