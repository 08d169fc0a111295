/* verdicts.c: see verdicts.h. Planes are written from the first leaf to the last, and named after
 * the snapshot only when they are whole: a reader that finds the name of another snapshot, or none,
 * has no verdict. */
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

static void write_leaf(struct mt_scan *scan, const struct mt_objects *objects, uint64_t leaf,
                       uint8_t *to)
{
    for (unsigned i = 0; i < MT_VERDICTS_LEAF_BYTES && to; i++)
        to[i] = 0;
    for (unsigned i = 0; i < MT_LEAF_BITS_WORDS; i++) {
        for (uint64_t bits = objects->bits[leaf].starts[i]; bits; bits &= bits - 1) {
            const unsigned word = i * 64 + (unsigned)__builtin_ctzll(bits);
            const unsigned verdict = count(scan, objects, leaf << 9 | word);
            if (to)
                to[word / 2] |= (uint8_t)(verdict << (word % 2 * MT_VERDICT_BITS));
        }
    }
}

/* By ordinal of LEAVES extents; NULL where there is none. */
struct planes {
    struct mt_extent **of;
    uint32_t count;
};

static int find_planes(const struct mt_scan_job *job, struct planes *planes)
{
    const uint64_t units = job->units;
    planes->count = (uint32_t)units;
    planes->of = mt_map_kept(units * sizeof *planes->of);
    if (!planes->of)
        return 0;
    for (struct mt_extent *extent = 0;
         (extent = mt_trace_next(job->header, units, MT_EXTENT_VERDICTS, extent));) {
        if (extent->ordinal % 2 != job->number % 2 || extent->ordinal / 2 >= planes->count)
            continue;
        __atomic_store_n(&extent->snapshot, 0, __ATOMIC_SEQ_CST);
        planes->of[extent->ordinal / 2] = extent;
    }
    return 1;
}

/* The LEAVES extents by unit, to find a leaf's by address. */
static int list_extents(const struct mt_scan_job *job, struct mt_ranges *ret_extents)
{
    if (!mt_ranges_start(ret_extents, (uint32_t)job->units))
        return 0;
    for (struct mt_extent *extent = 0;
         (extent = mt_trace_next(job->header, job->units, MT_EXTENT_LEAVES, extent));)
        mt_ranges_add(ret_extents, (uintptr_t)extent,
                      (uintptr_t)extent + ((uint64_t)extent->units << MT_UNIT_SHIFT),
                      extent->ordinal);
    return 1;
}

static uint8_t *place_of(const struct planes *planes, const struct mt_ranges *extents,
                         const uint64_t *words)
{
    const struct mt_range *extent = mt_ranges_find(extents, (uintptr_t)words);
    if (!extent || extent->tag >= planes->count || !planes->of[extent->tag])
        return 0;
    const uint64_t leaf = ((uintptr_t)words - extent->start) / MT_LEAF_BYTES - 1;
    return (uint8_t *)planes->of[extent->tag] + 64 + leaf * MT_VERDICTS_LEAF_BYTES;
}

static int write_blocks(const struct mt_scan_job *job, const struct mt_objects *objects)
{
    struct planes planes;
    struct mt_ranges extents;
    if (!find_planes(job, &planes) || !list_extents(job, &extents))
        return 0;
    for (uint64_t leaf = 0; leaf < objects->leaves; leaf++)
        write_leaf(&job->answer->scan, objects, leaf,
                   place_of(&planes, &extents, objects->words[leaf]));
    for (uint32_t i = 0; i < planes.count; i++)
        if (planes.of[i])
            __atomic_store_n(&planes.of[i]->snapshot, job->number, __ATOMIC_RELEASE);
    return 1;
}

/* ---- facts ---- */

/* A record for each piece; they share the object's verdict. */
static void write_mappings(const struct mt_scan_job *job, const struct mt_objects *objects)
{
    struct mt_mapping_verdict pieces[PIECES];
    uint32_t filled = 0;
    for (uint32_t i = 0; i < objects->mapped_count; i++)
        count(&job->answer->scan, objects, ((uint64_t)objects->leaves << 9) + i);
    for (struct mt_extent *extent = 0;
         (extent = mt_trace_next(job->header, job->units, MT_EXTENT_MAPPINGS, extent));) {
        const struct mt_mapping *records = (const struct mt_mapping *)(extent + 1);
        for (uint64_t i = 0; i < extent->used && i < MT_MAPPINGS_PER_EXTENT; i++) {
            const struct mt_mapping record = records[i];
            const struct mt_mapped *mapped = mt_objects_mapping(objects, record.address);
            if (!record.sequence || !mapped || mapped->birth != record.birth)
                continue;
            const mt_object object =
                ((uint64_t)objects->leaves << 9) + (uint64_t)(mapped - objects->mapped);
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

void mt_verdicts_write(const struct mt_scan_job *job, const struct mt_mark_run *run)
{
    if (!write_blocks(job, run->objects)) {
        job->answer->scan.problem = MT_SCAN_NO_MEMORY;
        return;
    }
    write_mappings(job, run->objects);
    write_heads(run);
}
