/* mappings.c: from the MAPPINGS extents to the live mappings in address order. Each slot is read
 * twice, and again while the two readings differ: a record that stayed the same, sequence and all,
 * is one that belongs together. Records that cannot be are dropped and counted.
 *
 * In a running process what stands may move from slot to slot, when mprotect divides or joins it:
 * from one that is still to be read to one that has been. So all are read several times over, and
 * what any reading has seen counts, the latest first: a mapping that stood all the while is there,
 * and so is what was released meanwhile. */
#include "trace_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READINGS_MAX = 16, PASSES = 3, ADDRESS_BITS = 57 };

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
    const size_t count = !trace->is_live && place->used < MT_MAPPINGS_PER_EXTENT
                             ? place->used
                             : MT_MAPPINGS_PER_EXTENT; /* more may have been given out since */
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

static int read_all(struct mt_trace *trace, const struct mt_places *places)
{
    trace->mappings.count = 0;
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_MAPPINGS && read_extent(trace, &places->at[i]))
            return -1;
    return 0;
}

static int by_sequence(const void *left, const void *right)
{
    const struct mt_mapping *a = left, *b = right;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static void sort(struct mt_mappings *mappings, int (*compare)(const void *, const void *))
{
    if (mappings->count)
        qsort(mappings->at, mappings->count, sizeof *mappings->at, compare);
}

/* One record in two readings: its later form, but as long as it was in either. What it has lost
 * meanwhile may stand in a record that no reading has met. */
static struct mt_mapping both(const struct mt_mapping *older, const struct mt_mapping *newer)
{
    struct mt_mapping record = *newer;
    if (older->address == newer->address && older->bytes > newer->bytes)
        record.bytes = older->bytes;
    return record;
}

/* Adds what `newer` has to `seen`, both by sequence. */
static int merge(struct mt_mappings *seen, const struct mt_mappings *newer)
{
    struct mt_mappings all = {0};
    size_t a = 0, b = 0;
    int failed = 0;
    while (!failed && (a < seen->count || b < newer->count)) {
        const struct mt_mapping *old = a < seen->count ? &seen->at[a] : NULL;
        const struct mt_mapping *new = b < newer->count ? &newer->at[b] : NULL;
        const int order = !old ? 1 : !new ? -1 : by_sequence(old, new);
        const struct mt_mapping record = order < 0 ? *old : order > 0 ? *new : both(old, new);
        a += order <= 0;
        b += order >= 0;
        failed = add(&all, &record);
    }
    free(seen->at);
    *seen = all;
    return failed;
}

/* Another reading of all: extents that have been made since are found as well. */
static int read_again(struct mt_trace *trace, struct mt_mappings *seen)
{
    struct mt_places places = {0};
    int failed = mt_places_find(trace, &places) || read_all(trace, &places);
    mt_places_finish(&places);
    sort(&trace->mappings, by_sequence);
    return failed || merge(seen, &trace->mappings) ? -1 : 0;
}

int mt_mappings_read(struct mt_trace *trace, const struct mt_places *places)
{
    struct mt_mappings seen = {0};
    int failed = read_all(trace, places);
    if (!trace->is_live || failed)
        return failed;
    sort(&trace->mappings, by_sequence);
    failed = merge(&seen, &trace->mappings);
    for (int i = 1; i < PASSES && !failed; i++)
        failed = read_again(trace, &seen);
    mt_mappings_finish(&trace->mappings);
    trace->mappings = seen;
    return failed;
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
    return by_sequence(left, right);
}

static uint64_t end_of(const struct mt_mapping *record)
{
    return record->address + record->bytes;
}

/* What of the record lies from `start` on. */
static struct mt_mapping rest_of(const struct mt_mapping *record, uint64_t start)
{
    struct mt_mapping rest = *record;
    rest.bytes = start < end_of(record) ? end_of(record) - start : 0;
    rest.address = start;
    rest.skipped_bytes += start - record->address;
    return rest;
}

/* Takes out the lowest of the records from *i on and of those that wait. */
static bool take_lowest(const struct mt_mappings *records, size_t *i, struct mt_mappings *waiting,
                        struct mt_mapping *ret_record)
{
    size_t lowest = 0;
    for (size_t w = 1; w < waiting->count; w++)
        if (compare(&waiting->at[w], &waiting->at[lowest]) < 0)
            lowest = w;
    const bool is_waiting = waiting->count && (*i == records->count ||
                                               compare(&waiting->at[lowest], &records->at[*i]) < 0);
    if (!is_waiting && *i == records->count)
        return false;
    *ret_record = is_waiting ? waiting->at[lowest] : records->at[(*i)++];
    if (is_waiting)
        waiting->at[lowest] = waiting->at[--waiting->count];
    return true;
}

static int wait(struct mt_mappings *waiting, struct mt_mapping rest)
{
    return rest.bytes ? add(waiting, &rest) : 0;
}

/* Adds the record to those that stand, which lie below it or overlap it; where two overlap the
 * later one stands, and of the other what is left. Of an ended process that is damage, unless they
 * are pieces of one mapping. */
static int settle(struct mt_trace *trace, struct mt_mappings *kept, struct mt_mappings *waiting,
                  const struct mt_mapping *record)
{
    struct mt_mapping *last = kept->count ? &kept->at[kept->count - 1] : NULL;
    if (!last || end_of(last) <= record->address)
        return add(kept, record);
    const bool is_later = record->sequence > last->sequence;
    const uint64_t covered = is_later ? end_of(record) : end_of(last);
    struct mt_mapping rest = rest_of(is_later ? last : record, covered);
    if (!trace->is_live && last->birth != record->birth) {
        mt_trace_note(trace, &trace->damage.bad_mappings, 0,
                      "two mappings of one range: 0x%" PRIx64, record->address);
        rest.bytes = 0;
        last->bytes = is_later ? 0 : last->bytes;
    }
    if (is_later && last->bytes)
        last->bytes = record->address - last->address;
    if (!last->bytes)
        kept->count--;
    return (is_later ? add(kept, record) : 0) || wait(waiting, rest) ? -1 : 0;
}

/* A stack that cannot be followed is no damage in a running process: it may have been given out
 * since the nodes were read. */
static bool has_stack(struct mt_trace *trace, const struct mt_mapping *record)
{
    const bool has = !record->stack || mt_trace_node(trace, record->stack);
    if (!has && !trace->is_live)
        mt_trace_note(trace, &trace->damage.bad_mappings, 0,
                      "a mapping whose stack cannot be followed: 0x%" PRIx64, record->address);
    return has;
}

int mt_mappings_settle(struct mt_trace *trace)
{
    struct mt_mappings *mappings = &trace->mappings, kept = {0}, waiting = {0};
    struct mt_mapping record;
    int failed = 0;
    sort(mappings, compare);
    for (size_t i = 0; !failed && take_lowest(mappings, &i, &waiting, &record);)
        if (has_stack(trace, &record))
            failed = settle(trace, &kept, &waiting, &record);
    mt_mappings_finish(mappings);
    mt_mappings_finish(&waiting);
    *mappings = kept;
    return failed;
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
