/* threads.c: the thread slots, from the THREADS extents to one array by slot, and the totals of
 * the process, which are the sums over its threads. */
#include "trace_parts.h"

#include <inttypes.h>
#include <stdlib.h>

static void read_slots(struct mt_trace *trace, const struct mt_place *place)
{
    struct mt_threads *threads = &trace->threads;
    uint32_t first = 1 + place->ordinal * MT_THREADS_PER_EXTENT;
    uint64_t used = place->used < MT_THREADS_PER_EXTENT ? place->used : MT_THREADS_PER_EXTENT;
    mt_trace_read(trace, place->offset + MT_THREAD_BYTES, &threads->slot[first],
                  used * MT_THREAD_BYTES);
    for (uint32_t slot = first; slot < first + used; slot++) {
        struct mt_thread *thread = &threads->slot[slot];
        thread->name[sizeof thread->name - 1] = 0;
        if (thread->tid && slot > threads->count)
            threads->count = slot;
    }
}

static uint32_t extents_of(const struct mt_places *places)
{
    uint32_t count = 0;
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_THREADS && places->at[i].ordinal >= count)
            count = places->at[i].ordinal + 1;
    return count;
}

int mt_threads_read(struct mt_trace *trace, const struct mt_places *places)
{
    const size_t slots = (size_t)extents_of(places) * MT_THREADS_PER_EXTENT;
    trace->threads.slot = calloc(slots + 1, sizeof *trace->threads.slot);
    if (!trace->threads.slot)
        return -1;
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_THREADS)
            read_slots(trace, &places->at[i]);
    return 0;
}

void mt_threads_finish(struct mt_threads *threads)
{
    free(threads->slot);
}

const struct mt_thread *mt_trace_thread(const struct mt_trace *trace, uint32_t slot)
{
    if (slot == 0 || slot > trace->threads.count || trace->threads.slot[slot].tid == 0)
        return NULL;
    return &trace->threads.slot[slot];
}

unsigned mt_trace_thread_count(const struct mt_trace *trace)
{
    return trace->threads.count;
}

/* The header's figure is behind by what the threads have not added yet: with one thread its highest
 * figure since makes it exact; with several, what all have now is certain. Unsigned sums: in a
 * damaged trace they may wrap. */
static uint64_t peak_of(const struct mt_trace *trace, int64_t highest_pending, uint64_t live_now)
{
    const struct mt_header *header = &trace->header;
    int64_t peak = (int64_t)((uint64_t)header->live_bytes + (uint64_t)highest_pending);
    if (peak < header->peak_bytes)
        peak = header->peak_bytes;
    if (peak < (int64_t)live_now)
        peak = (int64_t)live_now;
    return peak > 0 ? (uint64_t)peak : 0;
}

struct mt_totals mt_trace_totals(const struct mt_trace *trace)
{
    struct mt_totals totals = {0};
    int64_t highest_pending = 0;
    for (uint32_t slot = 1; slot <= trace->threads.count; slot++) {
        const struct mt_thread *thread = mt_trace_thread(trace, slot);
        if (!thread)
            continue;
        int64_t pending = (int64_t)((uint64_t)thread->live_high - (uint64_t)thread->live_added);
        if (pending > highest_pending)
            highest_pending = pending;
        totals.allocations += mt_thread_allocations(thread);
        totals.frees += mt_thread_frees(thread);
        totals.allocated_bytes += thread->allocated_bytes;
        totals.freed_bytes += thread->freed_bytes;
        totals.unknown_frees += thread->unknown_frees;
        totals.cut_stacks += thread->cut_stacks;
        for (unsigned function = 0; function < MT_FN_COUNT; function++)
            totals.calls[function] += thread->calls[function];
    }
    totals.peak_bytes =
        peak_of(trace, highest_pending, totals.allocated_bytes - totals.freed_bytes);
    return totals;
}
