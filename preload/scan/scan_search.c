/* scan_search.c: looks in the list of scan_objects.h: the object at an address, the next one, how
 * long it is. */
#include "scan_objects.h"

/* ---- sizes ---- */

static int is_younger(const struct mt_objects *objects, uint64_t word, const uint64_t *next)
{
    const uint64_t time =
        word & MT_WORD_LARGE
            ? mt_time_decode(__atomic_load_n(next, __ATOMIC_RELAXED) >> MT_WORD_LARGE_TIME_SHIFT)
            : mt_time_decode(word >> MT_WORD_SMALL_TIME_SHIFT);
    return time > objects->born_ms;
}

/* A block that has been released since we began. glibc keeps the size of the chunk, and three
 * flags, before the block; of others we know only where the next block begins. */
static uint64_t size_of_vanished(const struct mt_objects *objects, mt_object object)
{
    const uint64_t start = mt_object_start(objects, object), most = mt_objects_run_bytes(objects);
    mt_object next;
    if (!objects->has_glibc_headers)
        return mt_objects_next_block(objects, start + 1, start + most, &next) - start;
    const uint64_t chunk = ((const uint64_t *)start)[-1] & ~UINT64_C(7);
    return chunk > 8 && chunk < UINT64_C(1) << 47 ? chunk - 8 : most;
}

uint64_t mt_object_size(const struct mt_objects *objects, mt_object object)
{
    if (!mt_object_is_block(objects, object)) {
        const struct mt_mapped *mapped = mt_object_mapped(objects, object);
        return mapped->end - mapped->start;
    }
    const uint64_t *place = mt_object_place(objects, object);
    const uint64_t word = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (objects->is_changing) {
        const int is_last = (object & (MT_LEAF_WORDS - 1)) == MT_LEAF_WORDS - 1;
        if (!(word & MT_WORD_STACK) || (!is_last && is_younger(objects, word, place + 1)))
            return size_of_vanished(objects, object);
    }
    return mt_word_size(word);
}

/* ---- the object at an address ---- */

/* The last block of a leaf that begins in word `word` or before it, and not beyond `address`. */
static mt_object last_in_leaf(const struct mt_objects *objects, uint32_t leaf, unsigned word,
                              uint64_t address)
{
    unsigned i = word / 16;
    uint64_t begins = mt_leaf_begins(objects, leaf, i) & (UINT64_MAX >> (60 - word % 16 * 4));
    uint32_t before = objects->leaf[leaf].begun & ((UINT32_C(1) << i) - 1);
    for (;; begins = mt_leaf_begins(objects, leaf, i)) {
        while (begins) {
            const unsigned bit = 63 - (unsigned)__builtin_clzll(begins);
            const mt_object object = (uint64_t)leaf << MT_RUN_BITS | i * 16 | bit / 4;
            if (mt_object_start(objects, object) <= address)
                return object;
            begins &= ~(UINT64_C(1) << bit);
        }
        if (!before)
            return MT_OBJECT_NONE;
        i = 31 - (unsigned)__builtin_clz(before);
        before ^= UINT32_C(1) << i;
    }
}

/* The last block of the leaf that covers `covered`, as above; MT_OBJECT_NONE where there is no
 * leaf. */
static inline mt_object last_in_leaf_of(const struct mt_objects *objects, uint64_t covered,
                                        unsigned word, uint64_t address)
{
    const uint32_t leaf = mt_objects_leaf(objects, covered);
    return leaf ? last_in_leaf(objects, leaf - 1, word, address) : MT_OBJECT_NONE;
}

/* The last block of a run that begins in word `word` or before it, and not beyond `address`. */
static inline mt_object last_in_run(const struct mt_objects *objects, uint64_t run, unsigned word,
                                    uint64_t address)
{
    const mt_object even = last_in_leaf_of(objects, run & ~MT_BASE_ODD, word, address);
    if (__builtin_expect(!objects->has_odd, 1))
        return even;
    const mt_object odd = last_in_leaf_of(objects, run | MT_BASE_ODD, word, address);
    if (even == MT_OBJECT_NONE || odd == MT_OBJECT_NONE)
        return even == MT_OBJECT_NONE ? odd : even;
    return mt_object_start(objects, odd) > mt_object_start(objects, even) ? odd : even;
}

/* The last block that begins at or before the address, in its run or the one before. */
static mt_object last_start(const struct mt_objects *objects, uint64_t address)
{
    const unsigned word = address >> objects->granule_shift & (MT_LEAF_WORDS - 1);
    const mt_object found = last_in_run(objects, address, word, address);
    return found != MT_OBJECT_NONE ? found
                                   : last_in_run(objects, address - mt_objects_run_bytes(objects),
                                                 MT_LEAF_WORDS - 1, address);
}

/* The first mapping that ends beyond the address: its number, or how many there are. */
static uint32_t mapping_beyond(const struct mt_objects *objects, uint64_t address)
{
    uint32_t low = 0, high = objects->mapped_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (objects->mapped[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int has_mapping(const struct mt_objects *objects, uint64_t start, uint64_t end)
{
    const uint32_t number = mapping_beyond(objects, start);
    return number < objects->mapped_count && objects->mapped[number].start < end;
}

struct mt_mapped *mt_objects_mapping(const struct mt_objects *objects, uint64_t address)
{
    const uint32_t number = mapping_beyond(objects, address);
    struct mt_mapped *mapped = &objects->mapped[number];
    return number < objects->mapped_count && mapped->start <= address ? mapped : 0;
}

static int has_leaf(const struct mt_objects *objects, uint64_t start, uint64_t end)
{
    const uint64_t run = UINT64_C(1) << (objects->granule_shift + MT_RUN_BITS);
    for (uint64_t at = start & ~(run - 1); at < end; at += run)
        if (mt_objects_leaf(objects, at) || mt_objects_leaf(objects, at + 8))
            return 1;
    return 0;
}

int mt_mapped_has_blocks(const struct mt_objects *objects, struct mt_mapped *mapped)
{
    if (!mapped->has_blocks)
        mapped->has_blocks = has_leaf(objects, mapped->start, mapped->end) ? 2 : 1;
    return mapped->has_blocks == 2;
}

static mt_object mapping_around(const struct mt_objects *objects, uint64_t address,
                                int *ret_is_start)
{
    const struct mt_mapped *mapped = mt_objects_mapping(objects, address);
    *ret_is_start = 1;
    if (!mapped || (mapped->kind == MT_MAPPING_STACK && address != mapped->pointer))
        return MT_OBJECT_NONE;
    return mt_mapped_object(objects, (uint64_t)(mapped - objects->mapped));
}

mt_object mt_object_around(const struct mt_objects *objects, uint64_t address, int *ret_is_start)
{
    const mt_object before = last_start(objects, address);
    *ret_is_start = 0;
    if (before != MT_OBJECT_NONE) {
        const uint64_t start = mt_object_start(objects, before);
        *ret_is_start = address == start;
        if (address == start || address - start < mt_object_size(objects, before))
            return before;
    } else {
        const struct mt_range *large = mt_ranges_find(&objects->large, address);
        *ret_is_start = large && address == large->start;
        if (large)
            return large->tag;
    }
    return mapping_around(objects, address, ret_is_start);
}

/* ---- the next block ---- */

/* The first block of a leaf that begins at or behind the address. */
static mt_object first_in_leaf(const struct mt_objects *objects, uint32_t leaf, uint64_t address)
{
    const uint64_t base = objects->leaf[leaf].base;
    const unsigned from =
        address > base ? (unsigned)((address - base) >> objects->granule_shift) : 0;
    for (unsigned i = from / 16; i < MT_STATES_WORDS; i++) {
        uint64_t begins = mt_leaf_begins(objects, leaf, i);
        if (i == from / 16)
            begins &= UINT64_MAX << (from % 16 * 4);
        for (; begins; begins &= begins - 1) {
            const mt_object object = mt_leaf_object(leaf, i, begins);
            if (mt_object_start(objects, object) >= address)
                return object;
        }
    }
    return MT_OBJECT_NONE;
}

uint64_t mt_objects_next_block(const struct mt_objects *objects, uint64_t address, uint64_t end,
                               mt_object *ret_object)
{
    const uint64_t run = mt_objects_run_bytes(objects);
    for (uint64_t at = address; at < end && !(at >> 48); at = (at & ~(run - 1)) + run) {
        uint64_t best = end;
        for (unsigned odd = 0; odd < 2; odd++) {
            const uint32_t leaf =
                mt_objects_leaf(objects, odd ? at | MT_BASE_ODD : at & ~MT_BASE_ODD);
            const mt_object object =
                leaf ? first_in_leaf(objects, leaf - 1, address) : MT_OBJECT_NONE;
            if (object == MT_OBJECT_NONE || mt_object_start(objects, object) >= best)
                continue;
            best = mt_object_start(objects, object);
            *ret_object = object;
        }
        if (best < end)
            return best;
    }
    return end;
}

int mt_objects_gap(const struct mt_objects *objects, uint64_t address, uint64_t *ret_start,
                   uint64_t *ret_end)
{
    const uint64_t page = address & ~(uint64_t)(MT_GAP_BYTES - 1);
    mt_object next;
    if (objects->has_odd || !mt_objects_leaf(objects, address & ~UINT64_C(8)))
        return 0;
    const mt_object before = last_start(objects, address);
    if (before == MT_OBJECT_NONE)
        return 0;
    const uint64_t bytes = mt_object_size(objects, before);
    const uint64_t end = mt_object_start(objects, before) + (bytes ? bytes : 1);
    *ret_start = end > page ? end : page;
    *ret_end = mt_objects_next_block(objects, address, page + MT_GAP_BYTES, &next);
    return *ret_start <= address && !has_mapping(objects, *ret_start, *ret_end);
}
