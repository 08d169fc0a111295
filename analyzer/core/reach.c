/* reach.c: marks what roots lead to, then judges the rest. Sweeps over a work list that never holds
 * an object twice: from the roots by pointers to starts (reachable); from what only inner pointers
 * met (possible); then among what is lost (judge_lost). */
#include "reach.h"

#include <stdlib.h>
#include <string.h>

struct mt_reach {
    struct mt_reach_object *objects;
    size_t count;
    const struct mt_reach_memory *memory;
    uint32_t *work; /* objects to be read; room for all */
    size_t work_count;
    bool *is_met_inside; /* by object: an inner pointer leads to it */
    uint64_t lowest, end;
};

enum { NONE = UINT32_MAX };

struct mt_reach *mt_reach_begin(struct mt_reach_object *objects, size_t count,
                                const struct mt_reach_memory *memory)
{
    struct mt_reach *reach = calloc(1, sizeof *reach);
    if (!reach)
        return NULL;
    *reach = (struct mt_reach){.objects = objects, .count = count, .memory = memory};
    reach->work = malloc((count + 1) * sizeof *reach->work);
    reach->is_met_inside = calloc(count + 1, sizeof *reach->is_met_inside);
    if (!reach->work || !reach->is_met_inside) {
        free(reach->work);
        free(reach->is_met_inside);
        free(reach);
        return NULL;
    }
    if (count) {
        reach->lowest = objects[0].address;
        reach->end = objects[count - 1].address + objects[count - 1].bytes + 1;
    }
    return reach;
}

/* The object that `address` points to or into; NONE where there is none. One past the end is not in
 * it; an object of no bytes has its start. */
static uint32_t find(const struct mt_reach *reach, uint64_t address)
{
    if (address < reach->lowest || address >= reach->end)
        return NONE;
    size_t low = 0, high = reach->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (reach->objects[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct mt_reach_object *object = &reach->objects[low - 1];
    if (low == 0 || (address != object->address && address - object->address >= object->bytes))
        return NONE;
    return (uint32_t)(low - 1);
}

/* Calls `meet` for each aligned word of a range that points to an object. */
typedef void meet_function(struct mt_reach *reach, uint32_t met, uint64_t address, uint32_t from);

static void read_range(struct mt_reach *reach, uint64_t start, uint64_t end, meet_function *meet,
                       uint32_t from)
{
    uint64_t at = (start + 7) & ~UINT64_C(7);
    while (at >= start && at < end && end - at >= 8) {
        uint64_t bytes;
        const unsigned char *data = reach->memory->bytes_at(reach->memory->context, at, &bytes);
        if (!data || bytes < 8) {
            if (bytes >= end - at)
                return;
            at = (at + (bytes ? bytes : 1) + 7) & ~UINT64_C(7);
            continue;
        }
        if (bytes > end - at)
            bytes = end - at;
        for (uint64_t offset = 0; offset + 8 <= bytes; offset += 8) {
            uint64_t word;
            memcpy(&word, data + offset, sizeof word);
            const uint32_t met = find(reach, word);
            if (met != NONE)
                meet(reach, met, word, from);
        }
        at += bytes & ~UINT64_C(7);
    }
}

static void push(struct mt_reach *reach, uint32_t object, enum mt_verdict verdict)
{
    if (reach->objects[object].verdict != MT_VERDICT_IGNORED)
        reach->objects[object].verdict = verdict;
    reach->work[reach->work_count++] = object;
}

/* Reads what is on the work list, and what that leads to. */
static void work_off(struct mt_reach *reach, meet_function *meet, uint32_t leader)
{
    while (reach->work_count > 0) {
        const struct mt_reach_object *object = &reach->objects[reach->work[--reach->work_count]];
        read_range(reach, object->address, object->address + object->bytes, meet, leader);
    }
}

/* ---- the three sweeps ---- */

static void meet_reachable(struct mt_reach *reach, uint32_t met, uint64_t address, uint32_t from)
{
    (void)from;
    struct mt_reach_object *object = &reach->objects[met];
    if (object->verdict != MT_VERDICT_NONE)
        return;
    if (address == object->address || object->is_mapping ||
        mt_reach_means_whole(object, address, reach->memory))
        push(reach, met, MT_VERDICT_REACHABLE);
    else
        reach->is_met_inside[met] = true;
}

static void meet_by_allocator(struct mt_reach *reach, uint32_t met, uint64_t address, uint32_t from)
{
    const struct mt_reach_object *object = &reach->objects[met];
    if (object->is_mapping || !mt_reach_means_next_chunk(object, address, reach->memory))
        meet_reachable(reach, met, address, from);
}

static void meet_by_loader(struct mt_reach *reach, uint32_t met, uint64_t address, uint32_t from)
{
    if (!reach->objects[met].is_mapping)
        meet_reachable(reach, met, address, from);
}

static void meet_possible(struct mt_reach *reach, uint32_t met, uint64_t address, uint32_t from)
{
    (void)address, (void)from;
    if (reach->objects[met].verdict == MT_VERDICT_NONE)
        push(reach, met, MT_VERDICT_POSSIBLE);
}

static void meet_lost(struct mt_reach *reach, uint32_t met, uint64_t address, uint32_t from)
{
    (void)address;
    if (reach->objects[met].verdict != MT_VERDICT_NONE)
        return;
    reach->objects[from].held++;
    reach->objects[from].held_bytes += reach->objects[met].bytes;
    push(reach, met, MT_VERDICT_INDIRECT);
}

static void lead_off(struct mt_reach *reach, uint32_t leader)
{
    push(reach, leader, MT_VERDICT_DEFINITE);
    work_off(reach, meet_lost, leader);
}

/* The heads are the fewest objects that lead to all that is lost: one for each part of it that
 * hangs together and that nothing leads to. Whoever comes first leads to some; an object that comes
 * later may turn out to lead to it. So once more, backwards: those that led off the first time, the
 * last of them first. What leads to another's leader without being led to by it must have come
 * later, or that one would have been met (as in Sharir's algorithm for strong components). */
static void judge_lost(struct mt_reach *reach)
{
    bool *const led_off = reach->is_met_inside; /* no longer needed as such */
    for (uint32_t i = 0; i < reach->count; i++) {
        led_off[i] = reach->objects[i].verdict == MT_VERDICT_NONE;
        if (led_off[i])
            lead_off(reach, i);
    }
    for (uint32_t i = 0; i < reach->count; i++) {
        struct mt_reach_object *object = &reach->objects[i];
        object->held = object->held_bytes = 0;
        if (object->verdict == MT_VERDICT_DEFINITE || object->verdict == MT_VERDICT_INDIRECT)
            object->verdict = MT_VERDICT_NONE;
    }
    for (uint32_t i = (uint32_t)reach->count; i-- > 0;)
        if (led_off[i] && reach->objects[i].verdict == MT_VERDICT_NONE)
            lead_off(reach, i);
}

void mt_reach_root_word(struct mt_reach *reach, uint64_t word)
{
    const uint32_t met = find(reach, word);
    if (met != NONE)
        meet_reachable(reach, met, word, NONE);
}

void mt_reach_root_range(struct mt_reach *reach, uint64_t start, uint64_t end,
                         enum mt_reach_owner owner)
{
    static meet_function *const meets[] = {
        [MT_REACH_PROGRAM] = meet_reachable,
        [MT_REACH_ALLOCATOR] = meet_by_allocator,
        [MT_REACH_LOADER] = meet_by_loader,
    };
    read_range(reach, start, end, meets[owner], NONE);
}

void mt_reach_end(struct mt_reach *reach)
{
    for (uint32_t i = 0; i < reach->count; i++) {
        struct mt_reach_object *object = &reach->objects[i];
        if (object->verdict == MT_VERDICT_IGNORED ||
            (object->is_root && object->verdict == MT_VERDICT_NONE))
            push(reach, i, MT_VERDICT_REACHABLE);
    }
    work_off(reach, meet_reachable, NONE);
    for (uint32_t i = 0; i < reach->count; i++)
        if (reach->is_met_inside[i] && reach->objects[i].verdict == MT_VERDICT_NONE)
            push(reach, i, MT_VERDICT_POSSIBLE);
    work_off(reach, meet_possible, NONE);
    judge_lost(reach);
    free(reach->work);
    free(reach->is_met_inside);
    free(reach);
}
