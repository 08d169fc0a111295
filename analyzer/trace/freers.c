/* freers.c: from the FREED extents to what is known of a stack. Slots name nodes, which are read
 * after them; what names none is counted and taken for somebody unknown. Blocks that live are
 * counted once, by stack, and only where there is something to hold against them. */
#include "freers.h"

#include <inttypes.h>
#include <stdlib.h>
#include "trace_parts.h"

#define BLOCKS_MAX (UINT64_C(1) << 56) /* so that no sum of a slot is too large */

int mt_freed_read(struct mt_trace *trace, const struct mt_places *places)
{
    struct mt_freed_chunks *freed = &trace->freed;
    for (size_t i = 0; i < places->count; i++) {
        const struct mt_place *place = &places->at[i];
        if (place->kind != MT_EXTENT_FREED)
            continue;
        if (!freed->chunk && !(freed->chunk = calloc(MT_FREED_EXTENTS, sizeof *freed->chunk)))
            return -1;
        struct mt_freed_chunk **chunk = &freed->chunk[place->ordinal];
        if (*chunk) {
            mt_trace_note(trace, &trace->damage.bad_extents, place->offset,
                          "a second FREED extent of ordinal %" PRIu32, place->ordinal);
            continue;
        }
        if (!(*chunk = calloc(1, sizeof **chunk)))
            return -1;
        (*chunk)->offset = place->offset + MT_FREED_BYTES;
        mt_trace_read(trace, (*chunk)->offset, (*chunk)->slots, sizeof(*chunk)->slots);
    }
    return 0;
}

static bool is_possible(const struct mt_freed *slot)
{
    uint64_t all = slot->blocks | slot->others;
    for (int i = 0; i < MT_FREED_BY; i++)
        all |= slot->by[i];
    return all <= BLOCKS_MAX;
}

static void check_slot(struct mt_trace *trace, struct mt_freed *slot, uint64_t offset)
{
    if (!is_possible(slot)) {
        mt_trace_note(trace, &trace->damage.bad_nodes, offset, "more releases than there can be");
        *slot = (struct mt_freed){0};
    }
    for (int i = 0; i < MT_FREED_BY; i++) {
        if (!slot->stacks[i] || mt_trace_node(trace, slot->stacks[i]))
            continue;
        mt_trace_note(trace, &trace->damage.bad_nodes, offset,
                      "node %" PRIu32 " released blocks, but there is none", slot->stacks[i]);
        slot->stacks[i] = 0;
    }
}

static int count_live(const struct mt_block *block, void *context)
{
    uint32_t *live = context;
    live[block->stack]++;
    return 0;
}

int mt_freed_settle(struct mt_trace *trace)
{
    struct mt_freed_chunks *freed = &trace->freed;
    if (!freed->chunk)
        return 0;
    for (uint32_t ordinal = 0; ordinal < MT_FREED_EXTENTS; ordinal++) {
        struct mt_freed_chunk *chunk = freed->chunk[ordinal];
        for (uint32_t i = 0; chunk && i < MT_FREED_PER_EXTENT; i++)
            check_slot(trace, &chunk->slots[i], chunk->offset + i * MT_FREED_BYTES);
    }
    freed->live = calloc((size_t)mt_trace_node_limit(trace) + 1, sizeof *freed->live);
    return freed->live ? mt_trace_blocks(trace, count_live, freed->live) : -1;
}

void mt_freed_finish(struct mt_freed_chunks *freed)
{
    for (uint32_t ordinal = 0; freed->chunk && ordinal < MT_FREED_EXTENTS; ordinal++)
        free(freed->chunk[ordinal]);
    free(freed->chunk);
    free(freed->live);
}

/* Adds to a list that is kept with the most first. */
static void add(struct mt_freers *freers, uint32_t stack, uint64_t blocks)
{
    unsigned at = freers->count++;
    for (; at > 0 && freers->by[at - 1].blocks < blocks; at--)
        freers->by[at] = freers->by[at - 1];
    freers->by[at].stack = stack;
    freers->by[at].blocks = blocks;
}

/* Of a running process a stack may be there and its first release not yet counted. */
static void take_slot(struct mt_freers *freers, const struct mt_freed *slot)
{
    freers->freed = slot->blocks;
    freers->asked = slot->others;
    for (int i = 0; i < MT_FREED_BY; i++) {
        freers->asked += slot->by[i];
        if (slot->stacks[i] && slot->by[i])
            add(freers, slot->stacks[i], slot->by[i]);
    }
}

bool mt_trace_freers(const struct mt_trace *trace, uint32_t stack, struct mt_freers *ret_freers)
{
    const struct mt_freed_chunks *freed = &trace->freed;
    const uint32_t ordinal = stack / MT_FREED_PER_EXTENT;
    if (!freed->chunk || !mt_trace_node(trace, stack))
        return false;
    const struct mt_freed_chunk *chunk = freed->chunk[ordinal];
    if (!chunk && trace->header.lost_freed)
        return false;
    *ret_freers = (struct mt_freers){.live = freed->live[stack]};
    if (chunk)
        take_slot(ret_freers, &chunk->slots[stack % MT_FREED_PER_EXTENT]);
    return true;
}

void mt_freed_sum_add(struct mt_freed_sum *sum, const struct mt_trace *trace, uint32_t stack)
{
    struct mt_freers freers;
    if (!mt_trace_freers(trace, stack, &freers)) {
        sum->is_unknown = true;
        return;
    }
    sum->freed += freers.freed;
    sum->live += freers.live;
    sum->is_known = true;
}
