/* scan_objects.c: makes the list of scan_objects.h from the table of the trace; everything it makes
 * lies in the tracer's own memory, and is given back by the child's end. */
#include "scan_objects.h"

#include <sys/mman.h>
#include "memory.h"
#include "trace_walk.h"

enum { TOPS = 1 << 16 };

/* ---- leaves ---- */

struct extents {
    struct mt_header *header;
    uint64_t units;
    const struct mt_planes *planes;
};

/* Of a leaf in the trace; NULL: it has none there. */
static uint64_t *states_in_plane(const struct extents *from, const struct mt_extent *extent,
                                 uint64_t i)
{
    const struct mt_planes *planes = from->planes;
    if (!planes || extent->ordinal >= planes->count || !planes->of[extent->ordinal])
        return NULL;
    return (uint64_t *)((char *)(planes->of[extent->ordinal] + 1) + i * MT_VERDICTS_LEAF_BYTES);
}

/* Calls `visit` for each leaf in use. */
static int each_leaf(const struct extents *from, struct mt_objects *objects,
                     int (*visit)(struct mt_objects *, const struct mt_scanned_leaf *))
{
    for (struct mt_extent *extent = 0;
         (extent = mt_trace_next(from->header, from->units, MT_EXTENT_LEAVES, extent));) {
        const uint64_t *bases = (const uint64_t *)((char *)extent + MT_LEAF_BASES_OFFSET);
        const uint64_t capacity = extent->units * (MT_UNIT_BYTES / MT_LEAF_BYTES) - 1;
        const uint64_t given = __atomic_load_n(&extent->used, __ATOMIC_RELAXED);
        for (uint64_t i = 0; i < given && i < capacity; i++) {
            const struct mt_scanned_leaf leaf = {
                (const uint64_t *)((char *)extent + (1 + i) * MT_LEAF_BYTES),
                states_in_plane(from, extent, i), bases[i], 0};
            if (leaf.base && !(leaf.base >> 48) && !visit(objects, &leaf))
                return 0;
        }
    }
    return 1;
}

/* The runs of one top, with the first and last that has a leaf. */
struct top {
    uint32_t first, last;
};

static size_t runs_of_top(const struct mt_objects *objects)
{
    return (size_t)2 << (32 - objects->granule_shift - MT_RUN_BITS);
}

static struct top *top_of(const struct mt_objects *objects, const uint32_t *runs)
{
    return (struct top *)(runs + runs_of_top(objects));
}

static uint32_t run_of(const struct mt_objects *objects, uint64_t base)
{
    return (uint32_t)((base & UINT32_MAX) >> (objects->granule_shift + MT_RUN_BITS)) * 2 +
           (base >> 3 & 1);
}

/* For now only that there is one. */
static int note_leaf(struct mt_objects *objects, const struct mt_scanned_leaf *leaf)
{
    uint32_t **runs = &objects->runs[leaf->base >> 32];
    if (!*runs) {
        *runs = mt_map_kept(runs_of_top(objects) * sizeof **runs + sizeof(struct top));
        if (!*runs)
            return 0;
        top_of(objects, *runs)->first = UINT32_MAX;
    }
    const uint32_t run = run_of(objects, leaf->base);
    struct top *top = top_of(objects, *runs);
    if (run < top->first)
        top->first = run;
    if (run > top->last)
        top->last = run;
    objects->has_odd |= (leaf->base & MT_BASE_ODD) != 0;
    objects->leaves += !(*runs)[run];
    (*runs)[run] = 1;
    return 1;
}

/* In the order of their addresses. */
static void number_leaves(struct mt_objects *objects)
{
    uint32_t number = 0;
    for (uint64_t top = 0; top < TOPS && number < objects->leaves; top++) {
        uint32_t *runs = objects->runs[top];
        for (uint64_t run = runs ? top_of(objects, runs)->first : 1;
             runs && run <= top_of(objects, runs)->last; run++)
            if (runs[run])
                runs[run] = ++number;
    }
}

static int place_leaf(struct mt_objects *objects, const struct mt_scanned_leaf *leaf)
{
    const uint32_t *runs = objects->runs[leaf->base >> 32];
    objects->leaf[runs[run_of(objects, leaf->base)] - 1] = *leaf;
    return 1;
}

/* Room for mappings as well. */
static int build_leaves(struct mt_objects *objects, const struct extents *from)
{
    objects->runs = mt_map_kept(TOPS * sizeof *objects->runs);
    if (!objects->runs || !each_leaf(from, objects, note_leaf))
        return 0;
    number_leaves(objects);
    objects->all_leaves =
        objects->leaves + (objects->mapped_count + MT_LEAF_WORDS - 1) / MT_LEAF_WORDS;
    objects->leaf = mt_map_kept((objects->all_leaves + 1) * sizeof *objects->leaf);
    return objects->leaf && each_leaf(from, objects, place_leaf);
}

/* Of mappings, and of blocks in leaves that have no plane. */
static int make_states(struct mt_objects *objects)
{
    uint64_t missing = 0;
    for (uint32_t i = 0; i < objects->all_leaves; i++)
        missing += !objects->leaf[i].states;
    uint64_t *states = mt_map_kept(missing * MT_VERDICTS_LEAF_BYTES + 1);
    for (uint32_t i = 0; i < objects->all_leaves && states; i++) {
        if (objects->leaf[i].states)
            continue;
        objects->leaf[i].states = states;
        states += MT_STATES_WORDS;
    }
    return states != 0;
}

/* ---- blocks ---- */

static void note_large(struct mt_objects *objects, uint32_t leaf)
{
    const uint64_t *words = objects->leaf[leaf].words;
    for (unsigned i = 0; i < MT_LEAF_WORDS; i++) {
        const uint64_t word = words[i], size = mt_word_size(word);
        const mt_object object = (uint64_t)leaf << MT_RUN_BITS | i;
        if (word & MT_WORD_STACK && size > mt_objects_run_bytes(objects)) {
            const uint64_t start = mt_object_start(objects, object);
            mt_ranges_add(&objects->large, start, start + size, object);
        }
    }
}

/* What begins a block is white. The program may stand still for this, so two words are looked at at
 * once: those of even number in one lane, of odd number in the other. */
static void note_begins(struct mt_objects *objects, uint32_t leaf)
{
    typedef uint64_t pair __attribute__((vector_size(16)));
    const uint64_t half = objects->granule_shift == 5;
    const pair *words = (const pair *)objects->leaf[leaf].words;
    pair sizes = {0, 0};
    uint32_t begun = 0;
    for (unsigned i = 0; i < MT_STATES_WORDS; i++, words += 8) {
        pair states = {0, 0};
        for (int j = 7; j >= 0; j--) {
            /* Carries into bit 25 unless there is no stack. */
            const pair is_start = ((words[j] & MT_WORD_STACK) + MT_WORD_STACK) >> 25;
            const pair is_large = is_start & words[j] >> 26;
            states =
                states << 8 | is_start * (MT_STATE_WHITE << 1) | (words[j] >> 25 & is_start & half);
            sizes |= words[j] >> MT_WORD_LARGE_SIZE_SHIFT & -is_large;
        }
        objects->leaf[leaf].states[i] = states[0] | states[1] << 4;
        begun |= (uint32_t)(states[0] || states[1]) << i;
    }
    objects->leaf[leaf].begun = begun;
    if ((sizes[0] | sizes[1]) >= mt_objects_run_bytes(objects)) /* not less than the largest */
        note_large(objects, leaf);
}

/* ---- mappings ---- */

static int each_mapping(const struct extents *from,
                        void (*visit)(void *context, const struct mt_mapping *record),
                        void *context)
{
    for (struct mt_extent *extent = 0;
         (extent = mt_trace_next(from->header, from->units, MT_EXTENT_MAPPINGS, extent));) {
        const struct mt_mapping *records = (const struct mt_mapping *)(extent + 1);
        const uint64_t given = __atomic_load_n(&extent->used, __ATOMIC_RELAXED);
        for (uint64_t i = 0; i < given && i < MT_MAPPINGS_PER_EXTENT; i++)
            if (__atomic_load_n(&records[i].sequence, __ATOMIC_ACQUIRE))
                visit(context, &records[i]);
    }
    return 1;
}

static void count_mapping(void *context, const struct mt_mapping *record)
{
    (void)record;
    ++*(uint32_t *)context;
}

static void add_mapping(void *context, const struct mt_mapping *record)
{
    mt_ranges_add(context, record->address, record->address + record->bytes, (uintptr_t)record);
}

/* Collectors and virtual machines reserve addresses, as memory that cannot be touched, and put
 * mappings over parts of it as they need them: what is side by side there belongs together, though
 * nothing points to most of it. */
static int is_one_reservation(const struct mt_mapped *lower, const struct mt_mapped *higher)
{
    if (lower->end != higher->start || lower->kind == MT_MAPPING_STACK ||
        higher->kind == MT_MAPPING_STACK)
        return 0;
    return lower->is_fixed ? higher->is_fixed || !higher->protection
                           : higher->is_fixed && !lower->protection;
}

/* Pieces that lie side by side are one object. */
static void join_mappings(struct mt_objects *objects, const struct mt_ranges *pieces)
{
    const struct mt_mapping *last = 0;
    for (uint32_t i = 0; i < pieces->count; i++) {
        const struct mt_mapping *record = (const struct mt_mapping *)pieces->list[i].tag;
        struct mt_mapped *mapped = &objects->mapped[objects->mapped_count];
        if (last && mt_mapping_continues(last, record) && objects->mapped_count) {
            mapped[-1].end = pieces->list[i].end;
            mapped[-1].protection |= record->protection;
        } else {
            *mapped = (struct mt_mapped){
                .start = pieces->list[i].start,
                .end = pieces->list[i].end,
                .birth = record->birth,
                .stack = record->stack,
                .detail = record->detail,
                .kind = (uint8_t)mt_mapping_kind(record),
                .state = (uint8_t)mt_mapping_state(record),
                .is_shared = (record->map_flags & MAP_SHARED) != 0 ||
                             mt_mapping_state(record) & MT_MAPPING_SYSTEM_V,
                .protection = record->protection,
                .is_fixed = (record->map_flags & MAP_FIXED) != 0,
            };
            objects->mapped_count++;
        }
        last = record;
    }
    for (uint32_t i = 1; i < objects->mapped_count; i++)
        objects->mapped[i].is_joined =
            (uint8_t)is_one_reservation(&objects->mapped[i - 1], &objects->mapped[i]);
}

static int build_mappings(struct mt_objects *objects, const struct extents *from)
{
    struct mt_ranges pieces;
    uint32_t count = 0;
    each_mapping(from, count_mapping, &count);
    objects->mapped = mt_map_kept((count + 1) * sizeof *objects->mapped);
    if (!objects->mapped || !mt_ranges_start(&pieces, count))
        return 0;
    each_mapping(from, add_mapping, &pieces);
    mt_ranges_sort(&pieces);
    join_mappings(objects, &pieces);
    return 1;
}

/* ---- all ---- */

/* Where objects lie but no leaf. */
static void note_tops(struct mt_objects *objects, uint32_t *no_runs, uint64_t start, uint64_t end)
{
    for (uint64_t top = start >> 32; top < TOPS && top << 32 < end; top++)
        if (!objects->runs[top])
            objects->runs[top] = no_runs;
}

static int build_tops(struct mt_objects *objects)
{
    uint32_t *no_runs = mt_map_kept(runs_of_top(objects) * sizeof *no_runs);
    if (!no_runs)
        return 0;
    for (uint32_t i = 0; i < objects->large.count; i++)
        note_tops(objects, no_runs, objects->large.list[i].start, objects->large.list[i].end);
    for (uint32_t i = 0; i < objects->mapped_count; i++)
        note_tops(objects, no_runs, objects->mapped[i].start, objects->mapped[i].end);
    return 1;
}

static void note_bounds(struct mt_objects *objects)
{
    uint64_t low = UINT64_MAX, high = 0;
    if (objects->leaves) {
        low = objects->leaf[0].base;
        high = objects->leaf[objects->leaves - 1].base + mt_objects_run_bytes(objects);
    }
    for (uint32_t i = 0; i < objects->large.count; i++)
        if (objects->large.list[i].end > high)
            high = objects->large.list[i].end;
    for (uint32_t i = 0; i < objects->mapped_count; i++) {
        if (objects->mapped[i].start < low)
            low = objects->mapped[i].start;
        if (objects->mapped[i].end > high)
            high = objects->mapped[i].end;
    }
    if (high > UINT64_C(1) << 48) /* what `runs` can be asked for */
        high = UINT64_C(1) << 48;
    objects->low = low;
    objects->span = high > low ? high - low : 0; /* without objects no address is near */
}

int mt_objects_build(struct mt_objects *objects, struct mt_header *header, uint64_t units,
                     const struct mt_planes *planes)
{
    const struct extents from = {header, units, planes};
    objects->grey_as = MT_STATE_REACHABLE;
    if (!build_mappings(objects, &from) || !build_leaves(objects, &from) || !make_states(objects) ||
        !mt_ranges_start(&objects->large, objects->leaves))
        return 0;
    for (uint32_t leaf = 0; leaf < objects->leaves; leaf++)
        note_begins(objects, leaf);
    mt_ranges_sort(&objects->large);
    if (!build_tops(objects))
        return 0;
    for (uint32_t i = 0; i < objects->mapped_count; i++)
        mt_object_set(objects, mt_mapped_object(objects, i), MT_STATE_WHITE);
    note_bounds(objects);
    return 1;
}
