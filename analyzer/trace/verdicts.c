/* verdicts.c: what the scan said of a block: from the VERDICTS extents of the newest snapshot and
 * of the one before it to a verdict for each record. A plane has four bits for each word of LEAVES,
 * so a verdict is found where the record was; it holds for the block that stood there when the
 * snapshot was taken, and is given to none that is known to be younger.
 *
 * Times of birth are those of the tracer's coarse clock, rounded down: a block that was born just
 * after the snapshot may seem to be as old as it. Where such a block took the place of another, it
 * gets the other's verdict. That can be "reachable" or "possible" at most: what nothing points to
 * is never released, so nothing takes its place. */
#include "trace_parts.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT_VERDICTS_BYTES = MT_LEAVES_PER_EXTENT_MAX * MT_VERDICTS_LEAF_BYTES };

/* ---- reading ---- */

/* The first byte that holds what is no verdict; `bytes` where there is none. */
static size_t find_unsound(const uint8_t *verdicts, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if ((verdicts[i] & 15) > MT_VERDICT_IGNORED || verdicts[i] >> 4 > MT_VERDICT_IGNORED)
            return i;
    }
    return bytes;
}

/* Reads one extent. Where a running process has meanwhile begun to write the next snapshot over it,
 * or it holds what cannot be, nothing is taken of it. */
static int add_unit(struct mt_trace *trace, struct mt_plane *plane, const struct mt_place *place)
{
    struct mt_plane_unit *units = reallocarray(plane->units, plane->count + 1, sizeof *units);
    if (!units)
        return -1;
    plane->units = units;
    uint8_t *verdicts = malloc(UNIT_VERDICTS_BYTES);
    if (!verdicts)
        return -1;
    const uint64_t offset = place->offset + sizeof(struct mt_extent);
    mt_trace_read(trace, offset, verdicts, UNIT_VERDICTS_BYTES);
    uint64_t snapshot;
    mt_trace_read(trace, place->offset + offsetof(struct mt_extent, snapshot), &snapshot,
                  sizeof snapshot);
    const size_t unsound = find_unsound(verdicts, UNIT_VERDICTS_BYTES);
    if (snapshot == plane->number && unsound < UNIT_VERDICTS_BYTES)
        mt_trace_note(trace, &trace->damage.bad_extents, offset + unsound, "no such verdict");
    if (snapshot != plane->number || unsound < UNIT_VERDICTS_BYTES) {
        free(verdicts);
        return 0;
    }
    units[plane->count++] = (struct mt_plane_unit){place->ordinal / 2, place->offset, verdicts};
    return 0;
}

static int compare_units(const void *left, const void *right)
{
    const struct mt_plane_unit *a = left, *b = right;
    if (a->leaves_ordinal != b->leaves_ordinal)
        return a->leaves_ordinal < b->leaves_ordinal ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int read_plane(struct mt_trace *trace, const struct mt_places *places,
                      struct mt_plane *plane)
{
    for (size_t i = 0; i < places->count; i++) {
        const struct mt_place *place = &places->at[i];
        if (place->kind == MT_EXTENT_VERDICTS && place->snapshot == plane->number &&
            (place->ordinal & 1) == (plane->number & 1) && add_unit(trace, plane, place))
            return -1;
    }
    if (plane->count)
        qsort(plane->units, plane->count, sizeof *plane->units, compare_units);
    size_t kept = 0;
    for (size_t i = 0; i < plane->count; i++) {
        struct mt_plane_unit *unit = &plane->units[i];
        if (kept && plane->units[kept - 1].leaves_ordinal == unit->leaves_ordinal) {
            mt_trace_note(trace, &trace->damage.bad_extents, unit->offset,
                          "two truths about the verdicts of the same blocks");
            free(unit->verdicts);
        } else {
            plane->units[kept++] = *unit;
        }
    }
    plane->count = kept;
    return 0;
}

int mt_verdicts_read(struct mt_trace *trace, const struct mt_places *places)
{
    for (int which = 0; which < MT_PLANES; which++) {
        struct mt_plane *plane = &trace->planes[which];
        if (plane->number && read_plane(trace, places, plane))
            return -1;
    }
    return 0;
}

void mt_verdicts_finish(struct mt_plane planes[MT_PLANES])
{
    for (int which = 0; which < MT_PLANES; which++) {
        for (size_t i = 0; i < planes[which].count; i++)
            free(planes[which].units[i].verdicts);
        free(planes[which].units);
    }
}

/* ---- asking ---- */

static const uint8_t *leaf_verdicts(const struct mt_plane *plane, const struct mt_leaf *leaf)
{
    size_t low = 0, high = plane->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (plane->units[middle].leaves_ordinal < leaf->ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == plane->count || plane->units[low].leaves_ordinal != leaf->ordinal)
        return NULL;
    return plane->units[low].verdicts + (size_t)leaf->index * MT_VERDICTS_LEAF_BYTES;
}

/* Records come in the order of their addresses, so most lie in the leaf of the one before. */
static void turn_to_leaf(struct mt_verdict_walk *walk, const struct mt_record *record)
{
    const struct mt_trace *trace = walk->trace;
    const unsigned run_shift = trace->header.granule_shift + 9;
    const uint64_t base =
        (record->address >> run_shift << run_shift) | (record->address & MT_BASE_ODD);
    if (walk->is_set && walk->base == base)
        return;
    const struct mt_leaf *leaf = mt_record_leaf(trace, record);
    for (int which = 0; which < MT_PLANES; which++)
        walk->verdicts[which] = leaf ? leaf_verdicts(&trace->planes[which], leaf) : NULL;
    walk->base = base;
    walk->is_set = true;
}

void mt_verdicts_in_planes(struct mt_verdict_walk *walk, const struct mt_record *record,
                           uint64_t born_ms, enum mt_verdict ret_verdicts[MT_PLANES])
{
    const struct mt_trace *trace = walk->trace;
    const uint64_t word = record->address >> trace->header.granule_shift & (MT_LEAF_WORDS - 1);
    turn_to_leaf(walk, record);
    for (int which = 0; which < MT_PLANES; which++) {
        const struct mt_plane *plane = &trace->planes[which];
        enum mt_verdict verdict = MT_VERDICT_NONE;
        if (walk->verdicts[which] && born_ms <= plane->taken_ms)
            verdict = (enum mt_verdict)(walk->verdicts[which][word / 2] >> (word & 1) * 4 & 15);
        ret_verdicts[which] = plane->is_in_doubt ? mt_verdict_in_doubt(verdict) : verdict;
    }
}

void mt_verdicts_of(struct mt_verdict_walk *walk, const struct mt_record *record, uint64_t born_ms,
                    enum mt_verdict ret_verdicts[MT_PLANES])
{
    const struct mt_trace *trace = walk->trace;
    mt_verdicts_in_planes(walk, record, born_ms, ret_verdicts);
    if (trace->judged)
        ret_verdicts[MT_NEWEST] = (enum mt_verdict)trace->judged[record - trace->blocks.records];
}
