/* leaks.c: goes through the trace's own extents, as a reader would: LEAVES beside the VERDICTS of a
 * plane, and the facts of the snapshot for mappings. See leaks.h. */
#include "leaks.h"

#include "epochs.h"
#include "extents.h"
#include "mappings.h"
#include "memory.h"
#include "process.h"
#include "memtrace/trace_snapshot.h"
#include "trace_walk.h"

enum { CACHED = 1024 };

/* Stacks whose epoch was asked for last: blocks of one site lie side by side. */
struct asked {
    uint32_t stack, epoch;
    int is_ignored;
};

struct counting {
    struct mt_header *header;
    uint64_t units;
    uint64_t number;
    uint32_t first, end;
    struct memtrace_leaks *leaks;
    const uint8_t **planes; /* by ordinal of the LEAVES extent; NULL none */
    uint64_t plane_count;
    struct asked *asked;
    int is_in_doubt; /* the scan did not see all */
};

static void add(struct counting *counting, enum mt_verdict verdict, uint32_t stack, uint64_t bytes)
{
    struct asked *asked = &counting->asked[stack % CACHED];
    if (asked->stack != stack) {
        asked->epoch = mt_epoch_of(stack, &asked->is_ignored);
        asked->stack = stack;
    }
    if (asked->epoch < counting->first || asked->epoch >= counting->end)
        return;
    struct memtrace_leaks *leaks = counting->leaks;
    struct memtrace_count *const counts[MT_VERDICT_COUNT] = {
        [MT_VERDICT_NONE] = &leaks->unclassified,    [MT_VERDICT_REACHABLE] = &leaks->reachable,
        [MT_VERDICT_POSSIBLE] = &leaks->possible,    [MT_VERDICT_INDIRECT] = &leaks->indirect,
        [MT_VERDICT_DEFINITE] = &leaks->definite,    [MT_VERDICT_IGNORED] = &leaks->ignored,
        [MT_VERDICT_SUSPECT] = &leaks->unclassified,
    };
    if (asked->is_ignored)
        verdict = MT_VERDICT_IGNORED;
    counts[verdict]->objects++;
    counts[verdict]->bytes += bytes;
}

/* ---- blocks ---- */

static uint64_t size_of(uint64_t word)
{
    if (word & MT_WORD_LARGE)
        return mt_size_decode(word >> MT_WORD_LARGE_SIZE_SHIFT);
    return word >> MT_WORD_SMALL_SIZE_SHIFT & 63;
}

static void count_leaf(struct counting *counting, const uint64_t *words, const uint8_t *verdicts)
{
    for (unsigned i = 0; i < MT_LEAF_WORDS; i++) {
        const uint64_t word = __atomic_load_n(&words[i], __ATOMIC_ACQUIRE);
        const uint32_t stack = (uint32_t)(word & MT_WORD_STACK);
        const unsigned verdict = verdicts ? verdicts[i / 2] >> (i & 1) * 4 & 15 : MT_VERDICT_NONE;
        if (stack && stack != counting->header->proof_stack)
            add(counting, verdict < MT_VERDICT_COUNT ? (enum mt_verdict)verdict : MT_VERDICT_NONE,
                stack, size_of(word));
    }
}

static void count_blocks(struct counting *counting)
{
    struct mt_extent *extent = NULL;
    while ((extent = mt_trace_next(counting->header, counting->units, MT_EXTENT_LEAVES, extent))) {
        const uint64_t *bases = (const uint64_t *)((char *)extent + MT_LEAF_BASES_OFFSET);
        const uint64_t room = extent->units * (MT_UNIT_BYTES / MT_LEAF_BYTES) - 1;
        const uint8_t *plane =
            extent->ordinal < counting->plane_count ? counting->planes[extent->ordinal] : NULL;
        for (uint64_t leaf = 0; leaf < room && leaf < extent->used; leaf++)
            if (bases[leaf])
                count_leaf(counting,
                           (const uint64_t *)((char *)extent + (1 + leaf) * MT_LEAF_BYTES),
                           plane ? plane + leaf * MT_VERDICTS_LEAF_BYTES : NULL);
    }
}

static void find_planes(struct counting *counting)
{
    struct mt_extent *extent = NULL;
    while ((extent = mt_trace_next(counting->header, counting->units, MT_EXTENT_VERDICTS, extent)))
        if (extent->snapshot == counting->number && counting->number &&
            (extent->ordinal & 1) == (counting->number & 1) &&
            extent->ordinal / 2 < counting->plane_count)
            counting->planes[extent->ordinal / 2] = (const uint8_t *)(extent + 1);
}

/* ---- mappings ---- */

static void count_mapping(struct counting *counting, const struct mt_mapping_verdict *verdict)
{
    struct mt_mapping mapping;
    if (mt_mapping_find(verdict->address, &mapping) && mapping.address == verdict->address &&
        mapping.birth == verdict->birth && mapping.stack && verdict->verdict < MT_VERDICT_COUNT)
        add(counting, (enum mt_verdict)verdict->verdict, mapping.stack, mapping.bytes);
}

static void count_facts(struct counting *counting, const struct mt_extent *extent)
{
    const char *at = (const char *)(extent + 1), *end = at + extent->used;
    while ((size_t)(end - at) >= sizeof(struct mt_fact)) {
        const struct mt_fact *fact = (const struct mt_fact *)at;
        const struct mt_mapping_verdict *verdicts = (const struct mt_mapping_verdict *)(fact + 1);
        const size_t count = fact->payload_bytes / sizeof *verdicts;
        for (size_t i = 0; fact->kind == MT_SNAPSHOT_MAPPINGS && i < count; i++)
            count_mapping(counting, &verdicts[i]);
        if (fact->kind == MT_SNAPSHOT_SCAN)
            counting->is_in_doubt = !mt_scan_saw_all((const struct mt_scan *)(fact + 1));
        at += (sizeof *fact + fact->payload_bytes + 7) & ~(size_t)7;
    }
}

static void count_mappings(struct counting *counting)
{
    struct mt_extent *extent = NULL;
    while ((extent = mt_trace_next(counting->header, counting->units, MT_EXTENT_SNAPSHOT, extent)))
        if (extent->snapshot == counting->number && counting->number)
            count_facts(counting, extent);
}

/* What seems lost. */
static void doubt(struct memtrace_leaks *leaks)
{
    struct memtrace_count *const counts[] = {&leaks->definite, &leaks->indirect};
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        leaks->unclassified.objects += counts[i]->objects;
        leaks->unclassified.bytes += counts[i]->bytes;
        *counts[i] = (struct memtrace_count){0};
    }
}

int mt_leaks_count(uint64_t number, uint32_t first, uint32_t end, struct memtrace_leaks *ret_leaks)
{
    struct mt_header *header = mt_process->header;
    struct counting counting = {
        .header = header,
        .units = __atomic_load_n(&header->units_used, __ATOMIC_ACQUIRE),
        .number = number,
        .first = first,
        .end = end,
        .leaks = ret_leaks,
        .plane_count = __atomic_load_n(&mt_process->leaves_ordinal, __ATOMIC_ACQUIRE),
    };
    const size_t planes_bytes = (counting.plane_count + 1) * sizeof *counting.planes;
    const size_t asked_bytes = CACHED * sizeof *counting.asked;
    counting.planes = mt_map_kept(planes_bytes);
    counting.asked = mt_map_kept(asked_bytes);
    const int has_memory =
        counting.planes && counting.asked && mt_extents_open(header, counting.units);
    *ret_leaks = (struct memtrace_leaks){0};
    if (has_memory) {
        find_planes(&counting);
        count_blocks(&counting);
        count_mappings(&counting);
    }
    if (counting.is_in_doubt)
        doubt(ret_leaks);
    if (counting.planes)
        mt_unmap(counting.planes, planes_bytes);
    if (counting.asked)
        mt_unmap(counting.asked, asked_bytes);
    return has_memory;
}
