/* scan_sites.c: see scan_sites.h. One pass over all objects sums their bytes by stack; of each
 * verdict's sums the largest are kept in a heap, the least of them on top. */
#include "scan_sites.h"

#include "memory.h"
#include "trace_walk.h"

static const enum mt_verdict explained[] = {MT_VERDICT_REACHABLE, MT_VERDICT_POSSIBLE,
                                            MT_VERDICT_INDIRECT};
enum { EXPLAINED = sizeof explained / sizeof *explained };

static uint32_t count_stacks(struct mt_header *header, uint64_t units)
{
    uint64_t limit = 0;
    for (struct mt_extent *extent = 0;
         (extent = mt_trace_next(header, units, MT_EXTENT_NODES, extent));) {
        const uint64_t used = __atomic_load_n(&extent->used, __ATOMIC_RELAXED);
        const uint64_t end = (uint64_t)extent->ordinal * MT_NODES_PER_EXTENT +
                             (used < MT_NODES_PER_EXTENT ? used : MT_NODES_PER_EXTENT);
        limit = end > limit ? end : limit;
    }
    return limit < MT_WORD_STACK ? (uint32_t)limit : (uint32_t)MT_WORD_STACK;
}

/* 0: not to be explained. */
static uint32_t stack_of(const struct mt_objects *objects, mt_object object)
{
    if (mt_object_is_block(objects, object))
        return (uint32_t)(mt_object_word(objects, object) & MT_WORD_STACK);
    const struct mt_mapped *mapped = mt_object_mapped(objects, object);
    return mapped->kind == MT_MAPPING_STACK ? 0 : mapped->stack;
}

/* ---- sums ---- */

struct sums {
    uint64_t *of[MT_VERDICT_COUNT]; /* by stack; NULL for verdicts that have no chain */
};

static void add_object(const struct mt_objects *objects, const struct sums *sums, uint32_t limit,
                       mt_object object)
{
    uint64_t *of = sums->of[mt_object_verdict(objects, object)];
    const uint32_t stack = of ? stack_of(objects, object) : 0;
    if (stack && stack < limit)
        of[stack] += mt_object_size(objects, object) + 1; /* blocks of no bytes count as well */
}

/* No pointer that we know of leads to them. */
static void take_out_roots(const struct mt_mark_run *run, const struct sums *sums, uint32_t limit)
{
    for (uint32_t i = 0; i < run->root_count; i++) {
        const mt_object object = run->roots[i].start;
        uint64_t *of = run->roots[i].end ? 0 : sums->of[mt_object_verdict(run->objects, object)];
        const uint32_t stack = of ? stack_of(run->objects, object) : 0;
        const uint64_t counted = stack ? mt_object_size(run->objects, object) + 1 : 0;
        if (stack && stack < limit)
            of[stack] -= counted < of[stack] ? counted : of[stack];
    }
}

static int sum_up(const struct mt_mark_run *run, struct sums *sums, uint32_t limit)
{
    const struct mt_objects *objects = run->objects;
    for (unsigned i = 0; i < EXPLAINED; i++)
        if (!(sums->of[explained[i]] = mt_map_kept(limit * sizeof(uint64_t) + 1)))
            return 0;
    for (uint64_t leaf = 0; leaf < objects->all_leaves; leaf++)
        for (unsigned i = 0; i < MT_STATES_WORDS; i++)
            for (uint64_t left = mt_leaf_begins(objects, leaf, i); left; left &= left - 1)
                add_object(objects, sums, limit, mt_leaf_object(leaf, i, left));
    take_out_roots(run, sums, limit);
    return 1;
}

/* ---- the largest ---- */

struct largest {
    uint32_t stacks[MT_SITES_MAX]; /* a heap: no site has more than those below it */
    uint32_t count;
};

static void sift_down(struct largest *largest, const uint64_t *of, uint32_t at)
{
    uint32_t *stacks = largest->stacks;
    for (uint32_t least; 2 * at + 1 < largest->count; at = least) {
        least = 2 * at + 1;
        if (least + 1 < largest->count && of[stacks[least + 1]] < of[stacks[least]])
            least++;
        if (of[stacks[at]] <= of[stacks[least]])
            return;
        const uint32_t stack = stacks[at];
        stacks[at] = stacks[least];
        stacks[least] = stack;
    }
}

static void offer(struct largest *largest, const uint64_t *of, uint32_t stack)
{
    if (largest->count < MT_SITES_MAX) {
        largest->stacks[largest->count++] = stack;
        if (largest->count == MT_SITES_MAX)
            for (uint32_t at = MT_SITES_MAX / 2; at-- > 0;)
                sift_down(largest, of, at);
    } else if (of[stack] > of[largest->stacks[0]]) {
        largest->stacks[0] = stack;
        sift_down(largest, of, 0);
    }
}

static void want_largest(struct mt_scan_sites *sites, const uint64_t *of, enum mt_verdict verdict)
{
    struct largest largest = {.count = 0};
    for (uint32_t stack = 0; stack < sites->limit; stack++)
        if (of[stack])
            offer(&largest, of, stack);
    for (uint32_t i = 0; i < largest.count; i++)
        sites->wanted[largest.stacks[i]] |= (uint8_t)(1 << verdict);
    sites->left[verdict] = largest.count;
}

int mt_scan_sites_find(struct mt_scan_sites *sites, const struct mt_mark_run *run,
                       struct mt_header *header, uint64_t units)
{
    struct sums sums = {.of = {0}};
    *sites = (struct mt_scan_sites){.limit = count_stacks(header, units)};
    sites->wanted = mt_map_kept(sites->limit + 1);
    if (!sites->wanted || !sum_up(run, &sums, sites->limit))
        return 0;
    for (unsigned i = 0; i < EXPLAINED; i++)
        want_largest(sites, sums.of[explained[i]], explained[i]);
    return 1;
}

int mt_scan_sites_take(struct mt_scan_sites *sites, const struct mt_objects *objects,
                       mt_object object)
{
    const uint32_t stack = stack_of(objects, object);
    const enum mt_verdict verdict = mt_object_verdict(objects, object);
    if (!stack || stack >= sites->limit || !(sites->wanted[stack] >> verdict & 1))
        return 0;
    sites->wanted[stack] &= (uint8_t) ~(1 << verdict);
    sites->left[verdict]--;
    return 1;
}
