/* freers.c: takes each release with the stack that had allocated the block; gives a slot per such
 * stack in the FREED extents: how many were released, and by which stacks.
 *
 * A slot is found by the stack's node id alone, so a release costs one addition. Only some are
 * asked for their own stack: the first of a site all, later ones one in each row of 16, at a place
 * in the row that a hash chooses, for a program that frees in turns must not be asked in step.
 *
 * Without a lock: the table of extents is set slot by slot from NULL, by compare-and-swap, and so
 * are the stacks of a slot. Counters are only added to, and no reader needs two of them to agree,
 * so relaxed order is enough. The table lies in wiped memory: a forked child counts anew. */
#include "freers.h"

#include "extents.h"
#include "memory.h"
#include "memtrace/trace_freed.h"

#define NO_ROOM ((struct mt_extent *)1) /* asked for once, and never again */

struct table {
    struct mt_extent *extents[MT_FREED_EXTENTS]; /* by ordinal; atomic */
};

static struct table *table; /* atomic */

static struct table *table_made(void)
{
    /* Acquire: pairs with the compare-and-swap. The memory is zero from the kernel. */
    struct table *present = __atomic_load_n(&table, __ATOMIC_ACQUIRE);
    if (present)
        return present;
    struct table *made = mt_map_wiped(sizeof *made);
    if (!made)
        return NULL;
    if (__atomic_compare_exchange_n(&table, &present, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    mt_unmap(made, sizeof *made);
    return present;
}

static struct mt_extent *make(struct mt_extent **at, uint32_t ordinal)
{
    struct mt_extent *made = mt_extent_take_sparse(1);
    if (made && !mt_extent_back(made, MT_UNIT_BYTES))
        made = NULL;
    struct mt_extent *present = NULL;
    /* Release: who finds the extent finds its zeros. Readers find it once it is published. */
    if (!__atomic_compare_exchange_n(at, &present, made ? made : NO_ROOM, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        if (made)
            mt_extent_give_back(made);
        return present;
    }
    if (made)
        mt_extent_publish(made, MT_EXTENT_FREED, 1, ordinal, 0);
    return made;
}

/* NULL where there is no room. */
static struct mt_freed *slot_of(uint32_t stack)
{
    struct table *known = table_made();
    if (!known)
        return NULL;
    const uint32_t ordinal = stack / MT_FREED_PER_EXTENT;
    struct mt_extent **at = &known->extents[ordinal];
    struct mt_extent *extent = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    if (!extent)
        extent = make(at, ordinal);
    if (!extent || extent == NO_ROOM)
        return NULL;
    return (struct mt_freed *)extent + 1 + stack % MT_FREED_PER_EXTENT;
}

/* How many releases the one of this number, from 0, is asked for; 0: it is not asked. */
static uint32_t stands_for(uint64_t number)
{
    if (number < MT_FREED_ALL_ASKED)
        return 1;
    const uint64_t row = number / MT_FREED_ASKED_OF;
    const uint64_t hash = row * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    return number % MT_FREED_ASKED_OF == hash % MT_FREED_ASKED_OF ? MT_FREED_ASKED_OF : 0;
}

uint32_t mt_freers_count(uint32_t stack)
{
    struct mt_freed *slot = slot_of(stack);
    if (slot)
        return stands_for(__atomic_fetch_add(&slot->blocks, 1, __ATOMIC_RELAXED));
    __atomic_fetch_add(&mt_trace_header()->lost_freed, 1, __ATOMIC_RELAXED);
    return 0;
}

void mt_freers_note(uint32_t stack, uint32_t stands_for, uint32_t by)
{
    struct mt_freed *slot = slot_of(stack);
    if (!slot)
        return;
    for (int i = 0; by && i < MT_FREED_BY; i++) {
        uint32_t present = __atomic_load_n(&slot->stacks[i], __ATOMIC_RELAXED);
        /* Release: a reader that sees the id sees the node. */
        if (!present && __atomic_compare_exchange_n(&slot->stacks[i], &present, by, 0,
                                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
            present = by;
        if (present == by) {
            __atomic_fetch_add(&slot->by[i], stands_for, __ATOMIC_RELAXED);
            return;
        }
    }
    __atomic_fetch_add(&slot->others, stands_for, __ATOMIC_RELAXED);
}
