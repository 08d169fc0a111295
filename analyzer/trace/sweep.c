/* sweep.c: from a file that is being written to sums by stack, round by round: where its extents
 * are, every leaf in the order of the file, then mappings, nodes and facts, in the order in which
 * what names comes before what is named. A block's first word has both stack and size, and is
 * stored at once, so one reading of it is enough; blocks that a later one overlaps count here. */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "trace_parts.h"

enum {
    SLICE_LEAVES = 16,    /* that are read at a time */
    NEW_CHUNKS_MAX = 1024 /* extents of nodes that a process may add in a round */
};

struct mt_sweep {
    struct mt_trace *trace;
    struct mt_places places; /* as of the beginning of the round */
    bool is_begun;
    size_t place, leaf;            /* the next to be read */
    struct mt_swept *sums, *whole; /* by node id: of this round, of the last one */
    size_t sum_room, whole_count;
    uint32_t stack_limit; /* no block of a sound trace names more */
    uint64_t fact_bytes;
    unsigned modules;
    uint64_t words[SLICE_LEAVES * MT_LEAF_WORDS];
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- blocks ---- */

/* Room for the sums of every stack up to `stack`. */
static int make_room(struct mt_sweep *sweep, uint32_t stack)
{
    const size_t room = ((size_t)stack / MT_NODES_PER_EXTENT + 1) * MT_NODES_PER_EXTENT;
    if (stack < sweep->sum_room)
        return 0;
    struct mt_swept *sums = reallocarray(sweep->sums, room, sizeof *sums);
    if (!sums)
        return -1;
    memset(sums + sweep->sum_room, 0, (room - sweep->sum_room) * sizeof *sums);
    sweep->sums = sums;
    sweep->sum_room = room;
    return 0;
}

static int add_words(struct mt_sweep *sweep, size_t count)
{
    const bool is_sampled = mt_trace_is_sampled(sweep->trace);
    for (size_t i = 0; i < count; i++) {
        const struct mt_record record = {.first = sweep->words[i]};
        const uint32_t stack = mt_record_stack(&record);
        if (stack == 0 || stack >= sweep->stack_limit)
            continue;
        if (make_room(sweep, stack) != 0)
            return -1;
        const uint64_t size = mt_record_size(&record);
        const double weight = is_sampled ? mt_block_weight(sweep->trace, size) : 1;
        sweep->sums[stack].objects += weight;
        sweep->sums[stack].bytes += weight * (double)size;
    }
    return 0;
}

/* Reads the next slice. Returns 1 where there is none, -1 where memory runs out. */
static int read_slice(struct mt_sweep *sweep)
{
    while (sweep->place < sweep->places.count) {
        const struct mt_place *place = &sweep->places.at[sweep->place];
        const size_t pages = (size_t)place->units * (MT_UNIT_BYTES / MT_LEAF_BYTES) - 1;
        const size_t leaves = place->used < pages ? place->used : pages;
        if (place->kind != MT_EXTENT_LEAVES || sweep->leaf >= leaves) {
            sweep->place++;
            sweep->leaf = 0;
            continue;
        }
        const size_t left = leaves - sweep->leaf;
        const size_t count = left < SLICE_LEAVES ? left : SLICE_LEAVES;
        mt_trace_read(sweep->trace, place->offset + (1 + sweep->leaf) * MT_LEAF_BYTES, sweep->words,
                      count * MT_LEAF_BYTES);
        sweep->leaf += count;
        return add_words(sweep, count * MT_LEAF_WORDS);
    }
    return 1;
}

/* ---- what the blocks name ---- */

static uint64_t fact_bytes_of(const struct mt_places *places)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < places->count; i++)
        bytes += places->at[i].kind == MT_EXTENT_FACTS ? places->at[i].used : 0;
    return bytes;
}

/* Facts are only ever added; modules stay where they are while there is none that is new. */
static int refresh_facts(struct mt_sweep *sweep)
{
    struct mt_trace *trace = sweep->trace;
    const uint64_t bytes = fact_bytes_of(&sweep->places);
    if (sweep->modules && bytes == sweep->fact_bytes)
        return 0;
    if (sweep->modules) {
        mt_facts_finish(&trace->facts);
        mt_epochs_finish(&trace->epochs);
        memset(&trace->facts, 0, sizeof trace->facts);
        memset(&trace->epochs, 0, sizeof trace->epochs);
    }
    sweep->fact_bytes = bytes;
    sweep->modules++;
    return mt_facts_read(trace, &sweep->places);
}

static int refresh(struct mt_sweep *sweep)
{
    struct mt_trace *trace = sweep->trace;
    if (mt_mappings_read(trace, &sweep->places) || mt_places_find(trace, &sweep->places))
        return -1;
    mt_nodes_finish(&trace->nodes);
    memset(&trace->nodes, 0, sizeof trace->nodes);
    mt_threads_finish(&trace->threads);
    memset(&trace->threads, 0, sizeof trace->threads);
    if (mt_nodes_read(trace, &sweep->places) || mt_threads_read(trace, &sweep->places) ||
        refresh_facts(sweep))
        return -1;
    mt_trace_take_newest(trace);
    return mt_mappings_settle(trace);
}

/* ---- rounds ---- */

/* Ids are given out one after the other. */
static uint32_t find_stack_limit(const struct mt_places *places)
{
    uint64_t chunks = NEW_CHUNKS_MAX;
    for (size_t i = 0; i < places->count; i++)
        chunks += places->at[i].kind == MT_EXTENT_NODES;
    return chunks < MT_NODE_CHUNKS ? (uint32_t)chunks * MT_NODES_PER_EXTENT : UINT32_MAX;
}

static int begin_round(struct mt_sweep *sweep)
{
    sweep->place = sweep->leaf = 0;
    sweep->is_begun = true;
    memset(sweep->sums, 0, sweep->sum_room * sizeof *sweep->sums);
    const int status = mt_places_find(sweep->trace, &sweep->places);
    sweep->stack_limit = find_stack_limit(&sweep->places);
    return status;
}

static int end_round(struct mt_sweep *sweep)
{
    sweep->is_begun = false;
    if (refresh(sweep) != 0)
        return -1;
    struct mt_swept *whole = reallocarray(sweep->whole, sweep->sum_room + 1, sizeof *whole);
    if (!whole)
        return -1;
    memcpy(whole, sweep->sums, sweep->sum_room * sizeof *whole);
    sweep->whole = whole;
    sweep->whole_count = sweep->sum_room;
    return 1;
}

int mt_sweep_step(struct mt_sweep *sweep, uint64_t budget_us)
{
    const uint64_t end_us = now_us() + budget_us;
    if (!sweep->is_begun && begin_round(sweep) != 0)
        return -1;
    int result;
    while ((result = read_slice(sweep)) == 0)
        if (now_us() >= end_us)
            return 0;
    return result < 0 ? -1 : end_round(sweep);
}

int mt_sweep_open(const char *path, struct mt_sweep **ret_sweep, struct mt_error *error)
{
    struct mt_sweep *sweep = calloc(1, sizeof *sweep);
    if (!sweep || make_room(sweep, 0) != 0) {
        free(sweep);
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory to read it", path);
    }
    const int status = mt_trace_begin(path, &sweep->trace, error);
    if (status == MT_OK) {
        sweep->trace->is_live = true; /* whatever was read, more may have been written since */
        *ret_sweep = sweep;
    } else {
        mt_sweep_close(sweep);
    }
    return status;
}

void mt_sweep_close(struct mt_sweep *sweep)
{
    if (!sweep)
        return;
    mt_places_finish(&sweep->places);
    mt_trace_close(sweep->trace);
    free(sweep->sums);
    free(sweep->whole);
    free(sweep);
}

const struct mt_swept *mt_sweep_blocks(const struct mt_sweep *sweep, size_t *ret_count)
{
    *ret_count = sweep->whole_count;
    return sweep->whole;
}

const struct mt_trace *mt_sweep_trace(const struct mt_sweep *sweep)
{
    return sweep->trace;
}

unsigned mt_sweep_modules(const struct mt_sweep *sweep)
{
    return sweep->modules;
}

uint64_t mt_sweep_snapshots(const struct mt_sweep *sweep)
{
    return mt_snapshots_taken(sweep->trace);
}
