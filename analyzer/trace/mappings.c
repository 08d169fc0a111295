/* mappings.c: from the MAPPINGS extents to the live mappings in address order. Each slot is read
 * twice, and again while the two readings differ: a record that stayed the same, sequence and all,
 * is one that belongs together. Records that cannot be are dropped and counted. */
#include "trace_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READINGS_MAX = 16, ADDRESS_BITS = 57 };

/* ---- reading ---- */

static int add(struct mt_mappings *mappings, const struct mt_mapping *record)
{
    if (mappings->count == mappings->room) {
        size_t room = mappings->room ? 2 * mappings->room : 64;
        struct mt_mapping *at = reallocarray(mappings->at, room, sizeof *at);
        if (!at)
            return -1;
        mappings->at = at;
        mappings->room = room;
    }
    mappings->at[mappings->count++] = *record;
    return 0;
}

/* Why a record cannot be; NULL for a sound one. */
static const char *fault_of(const struct mt_mapping *record)
{
    if (record->bytes == 0 || record->address >> ADDRESS_BITS || record->bytes >> ADDRESS_BITS)
        return "a mapping of an impossible range";
    if (mt_mapping_kind(record) >= MT_MAPPING_KIND_COUNT)
        return "a mapping of no known kind";
    return NULL;
}

/* Takes the records that two readings agree on; true where some slot has changed in between. */
static int take_stable(struct mt_trace *trace, const struct mt_place *place,
                       struct mt_mapping *first, const struct mt_mapping *second, size_t count,
                       bool *ret_changed)
{
    *ret_changed = false;
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&first[i], &second[i], sizeof *first) != 0) {
            *ret_changed = true;
            continue;
        }
        if (first[i].sequence == 0)
            continue;
        const char *fault = fault_of(&first[i]);
        if (fault)
            mt_trace_note(trace, &trace->damage.bad_mappings,
                          place->offset + (1 + i) * MT_MAPPING_BYTES, "%s", fault);
        else if (add(&trace->mappings, &first[i]))
            return -1;
    }
    return 0;
}

/* Reads an extent until it stands still, so that no mapping is missed because it was just being
 * changed; the last reading counts as it is. */
static int read_extent(struct mt_trace *trace, const struct mt_place *place)
{
    static struct mt_mapping first[MT_MAPPINGS_PER_EXTENT], second[MT_MAPPINGS_PER_EXTENT];
    const size_t count =
        place->used < MT_MAPPINGS_PER_EXTENT ? place->used : MT_MAPPINGS_PER_EXTENT;
    const uint64_t offset = place->offset + MT_MAPPING_BYTES;
    const size_t before = trace->mappings.count;
    const uint64_t bad_before = trace->damage.bad_mappings;
    bool changed = true;
    for (int i = 0; i < READINGS_MAX && changed; i++) {
        trace->mappings.count = before;
        trace->damage.bad_mappings = bad_before;
        mt_trace_read(trace, offset, first, count * sizeof *first);
        mt_trace_read(trace, offset, second, count * sizeof *second);
        if (take_stable(trace, place, first, second, count, &changed))
            return -1;
    }
    return 0;
}

int mt_mappings_read(struct mt_trace *trace, const struct mt_places *places)
{
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_MAPPINGS && read_extent(trace, &places->at[i]))
            return -1;
    return 0;
}

void mt_mappings_finish(struct mt_mappings *mappings)
{
    free(mappings->at);
}

/* ---- order ---- */

static int compare(const void *left, const void *right)
{
    const struct mt_mapping *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return a->birth < b->birth ? -1 : a->birth > b->birth;
}

/* Sorts, and drops what cannot be beside the rest: a record without a sound stack, and of two that
 * overlap the older. In a running process that is no damage: the older one has gone meanwhile. */
void mt_mappings_settle(struct mt_trace *trace)
{
    struct mt_mappings *mappings = &trace->mappings;
    struct mt_mapping *at = mappings->at;
    size_t kept = 0;
    if (mappings->count)
        qsort(at, mappings->count, sizeof *at, compare);
    for (size_t i = 0; i < mappings->count; i++) {
        const char *fault = NULL;
        if (at[i].stack && !mt_trace_node(trace, at[i].stack))
            fault = "a mapping whose stack cannot be followed";
        else if (kept && at[kept - 1].address + at[kept - 1].bytes > at[i].address)
            fault = "two mappings of one range";
        if (fault && !trace->is_live)
            mt_trace_note(trace, &trace->damage.bad_mappings, 0, "%s: 0x%" PRIx64, fault,
                          at[i].address);
        if (!fault)
            at[kept++] = at[i];
        else if (kept && at[kept - 1].address + at[kept - 1].bytes > at[i].address &&
                 at[kept - 1].birth < at[i].birth)
            at[kept - 1] = at[i];
    }
    mappings->count = kept;
}

/* ---- visiting ---- */

/* Of a running process the kernel knows which of its threads run. */
static bool has_ended(const struct mt_trace *trace, const struct mt_mapping *record)
{
    char path[64];
    if (mt_mapping_state(record) & MT_MAPPING_THREAD_ENDED)
        return true;
    if (!trace->is_live)
        return false;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/task/%" PRIu32, trace->header.pid,
             record->detail);
    return access(path, F_OK) != 0;
}

static const char *file_of(const struct mt_trace *trace, const struct mt_mapping *record)
{
    const enum mt_mapping_kind kind = mt_mapping_kind(record);
    if ((kind != MT_MAPPING_FILE && kind != MT_MAPPING_SHARED && kind != MT_MAPPING_ANONYMOUS) ||
        mt_mapping_state(record) & MT_MAPPING_SYSTEM_V)
        return NULL;
    return record->detail <= trace->facts.file_count && record->detail
               ? trace->facts.file[record->detail - 1]
               : NULL;
}

static void describe(const struct mt_trace *trace, size_t i, struct mt_live_mapping *ret_mapping)
{
    const struct mt_mapping *record = &trace->mappings.at[i];
    const struct mt_node *node = mt_trace_node(trace, record->stack);
    const enum mt_mapping_kind kind = mt_mapping_kind(record);
    *ret_mapping = (struct mt_live_mapping){
        .address = record->address,
        .bytes = record->bytes,
        .birth = record->birth,
        .born_ms = record->born_ms,
        .stack = node ? record->stack : 0,
        .thread = mt_trace_thread(trace, record->thread) ? record->thread : 0,
        .function = node && node->function < MT_FN_COUNT ? node->function : MT_FN_UNKNOWN,
        .kind = kind,
        .continues = i > 0 && mt_mapping_continues(&trace->mappings.at[i - 1], record),
        .is_in_use = kind == MT_MAPPING_STACK && !has_ended(trace, record),
        .has_protection = !(mt_mapping_state(record) & MT_MAPPING_PROTECTION_UNKNOWN),
        .protection = record->protection,
        .flags = record->map_flags,
        .file = file_of(trace, record),
        .segment = mt_mapping_state(record) & MT_MAPPING_SYSTEM_V ? (int)record->detail : -1,
        .tid = kind == MT_MAPPING_STACK ? record->detail : 0,
        .verdict = mt_scan_of_mapping(trace, MT_NEWEST, record),
        .before = mt_scan_of_mapping(trace, MT_BEFORE, record),
    };
}

int mt_trace_mappings(const struct mt_trace *trace,
                      int (*visit)(const struct mt_live_mapping *mapping, void *context),
                      void *context)
{
    for (size_t i = 0; i < trace->mappings.count; i++) {
        struct mt_live_mapping mapping;
        describe(trace, i, &mapping);
        int result = visit(&mapping, context);
        if (result)
            return result;
    }
    return 0;
}

bool mt_trace_mapping_at(const struct mt_trace *trace, uint64_t address,
                         struct mt_live_mapping *ret_mapping)
{
    const struct mt_mappings *mappings = &trace->mappings;
    size_t low = 0, high = mappings->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (mappings->at[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address - mappings->at[low - 1].address >= mappings->at[low - 1].bytes)
        return false;
    describe(trace, low - 1, ret_mapping);
    return true;
}

const char *mt_mapping_kind_name(enum mt_mapping_kind kind)
{
    static const char *const names[MT_MAPPING_KIND_COUNT] = {NULL,     "anonymous", "file",
                                                             "shared", "stack",     "brk"};
    return (unsigned)kind < MT_MAPPING_KIND_COUNT ? names[kind] : NULL;
}
