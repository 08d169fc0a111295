/* scan_annotations.c: the part of roots that the program has named itself: root regions, objects
 * that are no leaks, and what was allocated between memtrace_ignore_begin and _end. Of
 * scan_roots.h. */
#include "scan_roots.h"

#include "annotations.h"
#include "memory.h"
#include "trace_walk.h"

/* The word that the table has for a block, the birth of a mapping: as annotations.c took them. */
static uint64_t record_of(const struct mt_objects *objects, mt_object object)
{
    if (!mt_object_is_block(objects, object))
        return mt_object_mapped(objects, object)->birth;
    return mt_object_word(objects, object);
}

static void ignore_objects(const struct mt_scan_job *job, struct mt_mark_run *run)
{
    for (uint32_t i = 0; i < job->ignored_count; i++) {
        const struct mt_ignored *ignored = &job->ignored[i];
        int is_start = 0;
        if (!mt_objects_near(run->objects, ignored->address))
            continue;
        const mt_object object = mt_object_at(run->objects, ignored->address, &is_start);
        if (object != MT_OBJECT_NONE && is_start &&
            record_of(run->objects, object) == ignored->record)
            mt_mark_object(run, object, MT_STATE_IGNORED);
    }
}

static void mark_pages(void *context, uint64_t start, uint64_t end)
{
    mt_mark_root(context, start, end);
}

static void mark_regions(const struct mt_scan_job *job, struct mt_mark_run *run)
{
    for (uint32_t i = 0; i < job->region_count; i++) {
        const struct mt_region *region = &job->regions[i];
        if (region->bytes)
            mt_pages_each(&run->pages, region->start, region->start + region->bytes,
                          MT_PAGES_TOUCHED, mark_pages, run);
    }
}

/* ---- stacks that were taken while the thread ignored ---- */

static const struct mt_node *node_at(struct mt_extent *const *extents, uint32_t id)
{
    const struct mt_extent *extent = extents[id / MT_NODES_PER_EXTENT];
    return extent ? (const struct mt_node *)extent + id % MT_NODES_PER_EXTENT : NULL;
}

/* Ids are given out in batches, but a node is made after its parent: the way out ends. */
static int is_ignored(struct mt_extent *const *extents, uint32_t stack)
{
    const struct mt_node *node = node_at(extents, stack);
    while (node && node->parent)
        node = node_at(extents, node->parent);
    return node && node->flags & MT_NODE_IGNORED;
}

/* Fills the table of NODES extents; returns whether any stack at all can be ignored. */
static int find_extents(const struct mt_scan_job *job, struct mt_extent **extents)
{
    int is_any = 0;
    struct mt_extent *extent = NULL;
    while ((extent = mt_trace_next(job->header, job->units, MT_EXTENT_NODES, extent))) {
        const struct mt_node *nodes = (const struct mt_node *)extent;
        if (extent->ordinal >= (1 << MT_NODE_BITS) / MT_NODES_PER_EXTENT)
            continue;
        extents[extent->ordinal] = extent;
        for (uint64_t i = MT_NODES_HEAD; i < extent->used && i < MT_NODES_PER_EXTENT; i++)
            is_any |= nodes[i].flags & MT_NODE_IGNORED;
    }
    return is_any;
}

static void ignore_leaf(struct mt_mark_run *run, struct mt_extent *const *extents, uint64_t leaf)
{
    struct mt_objects *objects = run->objects;
    for (unsigned i = 0; i < MT_STATES_WORDS; i++)
        for (uint64_t left = mt_leaf_begins(objects, leaf, i); left; left &= left - 1) {
            const mt_object object = mt_leaf_object(leaf, i, left);
            if (is_ignored(extents, (uint32_t)(mt_object_word(objects, object) & MT_WORD_STACK)))
                mt_mark_object(run, object, MT_STATE_IGNORED);
        }
}

static int ignore_stacks(const struct mt_scan_job *job, struct mt_mark_run *run)
{
    struct mt_extent **extents =
        mt_map_kept((1 << MT_NODE_BITS) / MT_NODES_PER_EXTENT * sizeof *extents);
    if (!extents)
        return 0;
    const int is_any = find_extents(job, extents);
    for (uint64_t leaf = 0; is_any && leaf < run->objects->leaves; leaf++)
        ignore_leaf(run, extents, leaf);
    return 1;
}

int mt_roots_mark_annotations(const struct mt_scan_job *job, struct mt_mark_run *run)
{
    mark_regions(job, run);
    ignore_objects(job, run);
    return ignore_stacks(job, run);
}
