/* leaves.h: finds the leaf of the table that covers an address. Of table/, for blocks.c, which
 * keeps its words in leaves.
 *
 *   address -> radix (private) -> leaf (in the trace) -> word
 *
 *   47         32 31           14 13        5 4    0
 *   +------------+---------------+-----------+------+
 *   | top 2^16   | run 2^18      | granule   |      |      with granules of 32 bytes
 *   +------------+---------------+-----------+------+
 *
 * Leaves are never removed. To make one is all that can race, and is settled by a compare-and-swap.
 * What depends on the granule is compiled once for each, as inline functions of a constant `shift`,
 * its logarithm. */
#ifndef MT_LEAVES_H
#define MT_LEAVES_H

#include <stddef.h>
#include <stdint.h>
#include "hot.h"
#include "memtrace/trace_format.h"

enum {
    MT_ADDRESS_BITS = 48,
    MT_TOP_BITS = 16,
    MT_TOP_SHIFT = MT_ADDRESS_BITS - MT_TOP_BITS, /* each top entry covers 4 GiB */
    MT_LEAF_WORDS_SHIFT = 9,
};

extern struct mt_leaves {
    uint64_t **
        *radix; /* its top. In wiped memory: a forked child finds it empty, the pointer right */
    int is_glibc;
    uintptr_t break_seen;

    /* Addresses set apart have leaves as all have, but by a list of their own: the radix does not
     * find them, so that the usual way needs no question to tell them from others. */
    uintptr_t apart_start;
    size_t apart_bytes;
    uint64_t **apart; /* by run; in wiped memory */
} mt_leaves;

/* Once per trace, before the first thread state. Returns 0 when there is no memory. */
int mt_leaves_start(int allocator_is_glibc);

/* Returns 0 when there is no memory for their list. */
int mt_leaves_set_apart(uintptr_t start, size_t bytes);

static inline int mt_leaf_is_apart(uintptr_t address)
{
    return address - mt_leaves.apart_start < mt_leaves.apart_bytes;
}

/* Where the leaf of an address that is set apart stands in the list. */
uint64_t **mt_leaf_apart(uintptr_t address);

/* Runs below a top entry. The leaves for addresses 8 above a multiple of 16, which glibc does not
 * give and others seldom, come after the others. */
static inline size_t mt_leaf_runs(unsigned shift)
{
    return (size_t)1 << (MT_TOP_SHIFT - MT_LEAF_WORDS_SHIFT - shift);
}

static inline size_t mt_leaf_run(uintptr_t address, unsigned shift)
{
    return (uint32_t)address >> (MT_LEAF_WORDS_SHIFT + shift);
}

/* Acquire: the leaf's words are seen as they were made. */
static inline uint64_t *mt_leaf_at(uintptr_t address, size_t run)
{
    uint64_t **runs = __atomic_load_n(&mt_leaves.radix[address >> MT_TOP_SHIFT], __ATOMIC_ACQUIRE);
    return LIKELY(runs) ? __atomic_load_n(&runs[run], __ATOMIC_ACQUIRE) : NULL;
}

/* Of an address that is 8 above a multiple of 16, or none that there can be. */
uint64_t *mt_leaf_find_odd(uintptr_t address, unsigned shift);

/* NULL where no leaf covers the address. */
static inline uint64_t *mt_leaf_find(uintptr_t address, unsigned shift)
{
    const uintptr_t beyond = ~(uintptr_t)0 << MT_ADDRESS_BITS;
    if (UNLIKELY(address & (beyond | MT_BASE_ODD)))
        return mt_leaf_find_odd(address, shift);
    return mt_leaf_at(address, mt_leaf_run(address, shift));
}

/* NULL where there is no room for it. */
uint64_t *mt_leaf_make(uintptr_t address, unsigned shift);
uint64_t *mt_leaf_make_at(uint64_t **at, uintptr_t address, unsigned shift);

static inline uint64_t *mt_leaf_for(uintptr_t address, unsigned shift)
{
    uint64_t *leaf = mt_leaf_find(address, shift);
    return LIKELY(leaf) ? leaf : mt_leaf_make(address, shift);
}

static inline uint64_t *mt_leaf_word(uint64_t *leaf, uintptr_t address, unsigned shift)
{
    return leaf + (address >> shift & (MT_LEAF_WORDS - 1));
}

/* The highest program break seen bounds the main heap. */
void mt_leaves_note_break(void);

#endif
