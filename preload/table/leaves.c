/* leaves.c: see leaves.h. Takes an address, gives the leaf that covers it, made where there is
 * none. */
#include "leaves.h"

#include "blocks.h"
#include "extents.h"
#include "memory.h"
#include "process.h"
#include "sys.h"

enum {
    FIRST_LEAF_UNITS = 1,
    LATER_LEAF_UNITS = 16,
};

/* Made before the first thread state. */
struct mt_leaves mt_leaves;
extern char *__curbrk; /* glibc: the program break as malloc last moved it */

int mt_leaves_start(int allocator_is_glibc)
{
    if (!mt_leaves.radix)
        mt_leaves.radix = mt_map_wiped(sizeof *mt_leaves.radix << MT_TOP_BITS);
    mt_leaves.is_glibc = allocator_is_glibc;
    return mt_leaves.radix != NULL;
}

/* ---- set apart ---- */

static inline unsigned leaf_shift(void)
{
    return MT_LEAF_WORDS_SHIFT + (unsigned)(mt_leaves.is_glibc ? MT_GLIBC_SHIFT : MT_OTHER_SHIFT);
}

int mt_leaves_set_apart(uintptr_t start, size_t bytes)
{
    mt_leaves.apart = mt_map_wiped(((bytes >> leaf_shift()) + 2) * sizeof *mt_leaves.apart);
    if (!mt_leaves.apart)
        return 0;
    mt_leaves.apart_start = start;
    mt_leaves.apart_bytes = bytes;
    return 1;
}

uint64_t **mt_leaf_apart(uintptr_t address)
{
    return &mt_leaves.apart[(address >> leaf_shift()) - (mt_leaves.apart_start >> leaf_shift())];
}

/* ---- finding and making ---- */

MT_ASIDE uint64_t *mt_leaf_find_odd(uintptr_t address, unsigned shift)
{
    if (address >> MT_ADDRESS_BITS)
        return NULL;
    return mt_leaf_at(address, mt_leaf_runs(shift) + mt_leaf_run(address, shift));
}

/* 0 where the head of the extent is gone (vanished.h). */
static unsigned capacity_of(const struct mt_extent *extent)
{
    const unsigned units = extent->units;
    return units && units <= LATER_LEAF_UNITS ? units * (MT_UNIT_BYTES / MT_LEAF_BYTES) - 1 : 0;
}

/* Makes the extent that leaves come from, in place of `full`. A loser's is kept for the next time.
 * Release: who takes a leaf from it sees its head. */
static void make_extent(struct mt_extent *full)
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

static void replace_extent(struct mt_extent *full)
{
    uint64_t signals;
    const int entered = mt_extents_enter(&signals);
    if (__atomic_load_n(&mt_process->leaves, __ATOMIC_ACQUIRE) == full)
        make_extent(full);
    mt_extents_leave(entered, signals);
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

MT_ASIDE void mt_leaves_note_break(void)
{
    struct mt_header *header = mt_process->header;
    const long found = mt_leaves.is_glibc ? (long)__curbrk : mt_sys(SYS_brk, 0);
    const uint64_t now = (uint64_t)found;
    if (found < 0) /* a filter of the program's stands before the call */
        return;
    if (now > __atomic_load_n(&header->brk_end, __ATOMIC_RELAXED))
        __atomic_store_n(&header->brk_end, now, __ATOMIC_RELAXED);
    mt_leaves.break_seen = now;
}

static uint64_t **find_runs(uintptr_t address, size_t bytes)
{
    uint64_t ***at = &mt_leaves.radix[address >> MT_TOP_SHIFT];
    uint64_t **runs = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    if (runs)
        return runs;
    uint64_t **made = mt_map_wiped(bytes);
    if (!made)
        return NULL;
    if (__atomic_compare_exchange_n(at, &runs, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    mt_unmap(made, bytes);
    return runs;
}

uint64_t *mt_leaf_make_at(uint64_t **at, uintptr_t address, unsigned shift)
{
    uint64_t *base, *leaf = take_leaf(&base), *present = NULL;
    if (!leaf)
        return NULL;
    /* Two threads with blocks in the same run: one leaf wins, the other stays unused (its base is
     * 0, which readers skip). Release: the leaf is found with its zeros. */
    if (!__atomic_compare_exchange_n(at, &present, leaf, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return present;
    const uint64_t run_bytes = (uint64_t)MT_LEAF_WORDS << shift;
    __atomic_store_n(base, (address & ~(run_bytes - 1)) | (address & MT_BASE_ODD),
                     __ATOMIC_RELEASE);
    return leaf;
}

MT_ASIDE uint64_t *mt_leaf_make(uintptr_t address, unsigned shift)
{
    const size_t runs_bytes = 2 * mt_leaf_runs(shift) * sizeof(uint64_t *);
    const size_t odd = address & MT_BASE_ODD ? mt_leaf_runs(shift) : 0;
    const int is_wanted = !(address >> MT_ADDRESS_BITS) && !mt_leaf_is_apart(address);
    uint64_t **runs = is_wanted ? find_runs(address, runs_bytes) : NULL;
    if (!runs)
        return NULL;
    mt_leaves_note_break();
    return mt_leaf_make_at(&runs[odd + mt_leaf_run(address, shift)], address, shift);
}
