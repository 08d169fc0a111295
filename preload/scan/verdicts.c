/* verdicts.c: see verdicts.h. A plane loses its name before the scan has its states there, and is
 * named after the snapshot only when they have become verdicts, all of them: a reader that finds
 * the name of another snapshot, or none, has no verdict. A child that dies leaves none. */
#include "verdicts.h"

#include "extents.h"
#include "memory.h"
#include "process.h"
#include "snapshot.h"
#include "trace_walk.h"

enum { PIECES = 256 }; /* of facts, written at a time */

int mt_verdicts_prepare(unsigned plane)
{
    struct mt_process *process = mt_process;
    uint32_t *made = &process->verdict_extents[plane];
    while (*made < __atomic_load_n(&process->leaves_ordinal, __ATOMIC_ACQUIRE)) {
        struct mt_extent *extent = mt_extent_take(1);
        if (!extent)
            return 0;
        mt_extent_publish(extent, MT_EXTENT_VERDICTS, 1, 2 * *made + plane, 0);
        ++*made;
    }
    return 1;
}

/* ---- planes ---- */

static enum mt_verdict count(struct mt_scan *scan, const struct mt_objects *objects,
                             mt_object object)
{
    const enum mt_verdict verdict = mt_object_verdict(objects, object);
    if (mt_object_is_proof(objects, object))
        return verdict;
    scan->objects[verdict]++;
    scan->bytes[verdict] += mt_object_size(objects, object);
    return verdict;
}

static void write_leaf(struct mt_scan *scan, const struct mt_objects *objects, uint64_t leaf)
{
    for (unsigned i = 0; i < MT_STATES_WORDS; i++) {
        uint64_t verdicts = 0;
        for (uint64_t left = mt_leaf_begins(objects, leaf, i); left; left &= left - 1)
            verdicts |= (uint64_t)count(scan, objects, mt_leaf_object(leaf, i, left))
                        << __builtin_ctzll(left);
        objects->leaf[leaf].states[i] = verdicts;
    }
}

int mt_verdicts_begin(const struct mt_scan_job *job, struct mt_planes *ret_planes)
{
    const uint64_t units = job->units;
    ret_planes->count = (uint32_t)units;
    ret_planes->of = mt_map_kept(units * sizeof *ret_planes->of);
    if (!ret_planes->of)
        return 0;
    for (struct mt_extent *extent = 0;
         (extent = mt_trace_next(job->header, units, MT_EXTENT_VERDICTS, extent));) {
        if (extent->ordinal % 2 != job->number % 2 || extent->ordinal / 2 >= ret_planes->count)
            continue;
        __atomic_store_n(&extent->snapshot, 0, __ATOMIC_SEQ_CST);
        ret_planes->of[extent->ordinal / 2] = extent;
    }
    return 1;
}

void mt_verdicts_write(const struct mt_scan_job *job, const struct mt_objects *objects,
                       const struct mt_planes *planes)
{
    for (uint64_t leaf = 0; leaf < objects->leaves; leaf++)
        write_leaf(&job->answer->scan, objects, leaf);
    for (uint32_t i = 0; i < planes->count; i++)
        if (planes->of[i])
            __atomic_store_n(&planes->of[i]->snapshot, job->number, __ATOMIC_RELEASE);
}

/* ---- facts ---- */

/* A record for each piece; they share the object's verdict. */
static void write_mappings(const struct mt_scan_job *job, const struct mt_objects *objects)
{
    struct mt_mapping_verdict pieces[PIECES];
    uint32_t filled = 0;
    for (uint32_t i = 0; i < objects->mapped_count; i++)
        count(&job->answer->scan, objects, mt_mapped_object(objects, i));
    for (struct mt_extent *extent = 0;
         (extent = mt_trace_next(job->header, job->units, MT_EXTENT_MAPPINGS, extent));) {
        const struct mt_mapping *records = (const struct mt_mapping *)(extent + 1);
        for (uint64_t i = 0; i < extent->used && i < MT_MAPPINGS_PER_EXTENT; i++) {
            const struct mt_mapping record = records[i];
            const struct mt_mapped *mapped = mt_objects_mapping(objects, record.address);
            if (!record.sequence || !mapped || mapped->birth != record.birth)
                continue;
            const mt_object object =
                mt_mapped_object(objects, (uint64_t)(mapped - objects->mapped));
            pieces[filled++] = (struct mt_mapping_verdict){record.birth, record.address,
                                                           mt_object_verdict(objects, object)};
            if (filled == PIECES)
                mt_snapshot_say(MT_SNAPSHOT_MAPPINGS, pieces, sizeof pieces, 0, 0);
            filled %= PIECES;
        }
    }
    if (filled)
        mt_snapshot_say(MT_SNAPSHOT_MAPPINGS, pieces, filled * sizeof *pieces, 0, 0);
}

static void write_heads(const struct mt_mark_run *run)
{
    struct mt_leak_head heads[PIECES];
    uint32_t filled = 0;
    for (uint32_t i = 0; i < run->head_count; i++) {
        const struct mt_held *held = &run->heads[i];
        heads[filled++] = (struct mt_leak_head){mt_object_start(run->objects, held->head),
                                                held->objects, held->bytes};
        if (filled == PIECES || i + 1 == run->head_count) {
            mt_snapshot_say(MT_SNAPSHOT_HEADS, heads, filled * sizeof *heads, 0, 0);
            filled = 0;
        }
    }
}

void mt_verdicts_say(const struct mt_scan_job *job, const struct mt_mark_run *run)
{
    write_mappings(job, run->objects);
    write_heads(run);
}
