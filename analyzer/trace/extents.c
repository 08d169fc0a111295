/* extents.c: from the units of the file to the list of its extents. A walk from unit 1 to the last
 * one in use, from head to head; where there is no head it goes on at the next unit. The list is
 * as long as there are heads in the file, holes are jumped over: a sparse file of any size costs
 * what its data costs. */
#include "trace_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Why a head cannot be right; NULL for a sound one, of a kind we know or not. `units_left` counts
 * from this unit to the last in use. */
static const char *fault_of(const struct mt_extent *head, uint64_t units_left)
{
    if (head->magic != MT_EXTENT_MAGIC)
        return "no extent begins here";
    if (head->units == 0)
        return "an extent without length";
    if (head->units > units_left)
        return "an extent reaches beyond the units in use";
    switch (head->kind) {
    case MT_EXTENT_NODES:
        if (head->units != 1 || head->ordinal >= MT_NODE_CHUNKS)
            return "a NODES extent of impossible length or ordinal";
        break;
    case MT_EXTENT_THREADS:
        if (head->units != 1 || head->ordinal >= MT_THREAD_EXTENTS)
            return "a THREADS extent of impossible length or ordinal";
        break;
    case MT_EXTENT_SYSTEM:
    case MT_EXTENT_CURVES:
        if (head->units != MT_SYSTEM_UNITS)
            return "an extent of samples of impossible length";
        break;
    case MT_EXTENT_MAPPINGS:
        if (head->units != 1)
            return "a MAPPINGS extent of impossible length";
        break;
    case MT_EXTENT_VERDICTS:
        if (head->units != 1)
            return "a VERDICTS extent of impossible length";
        break;
    case MT_EXTENT_FREED:
        if (head->units != 1 || head->ordinal >= MT_FREED_EXTENTS)
            return "a FREED extent of impossible length or ordinal";
        break;
    case MT_EXTENT_ERRORS:
        if (head->units != 1)
            return "an ERRORS extent of impossible length";
        break;
    case MT_EXTENT_ACCOUNTS:
        if (head->units != 1)
            return "an ACCOUNTS extent of impossible length";
        break;
    case MT_EXTENT_SNAPSHOT:
        if (head->units != 1 || head->used > MT_UNIT_BYTES - sizeof *head)
            return "a SNAPSHOT extent of impossible length";
        break;
    case MT_EXTENT_FACTS:
        if (head->used > (uint64_t)head->units * MT_UNIT_BYTES - sizeof *head)
            return "a FACTS extent that holds more than its length";
        break;
    }
    return NULL;
}

static int add(struct mt_places *places, size_t *room, const struct mt_extent *head,
               uint64_t offset)
{
    if (places->count == *room) {
        size_t more = *room ? 2 * *room : 64;
        struct mt_place *at = reallocarray(places->at, more, sizeof *at);
        if (!at)
            return -1;
        places->at = at;
        *room = more;
    }
    places->at[places->count++] = (struct mt_place){offset,        head->kind, head->units,
                                                    head->ordinal, head->used, head->snapshot};
    return 0;
}

/* The first unit from `unit` on that holds data; `limit` when there is none. */
static uint64_t next_data(const struct mt_trace *trace, uint64_t unit, uint64_t limit)
{
    off_t data = lseek(trace->fd, (off_t)(unit << MT_UNIT_SHIFT), SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? limit : unit;
    uint64_t found = (uint64_t)data >> MT_UNIT_SHIFT;
    return found > unit ? found : unit;
}

/* How many units there are to look at. A running process may have let the file grow meanwhile. */
static uint64_t unit_limit(const struct mt_trace *trace, uint64_t used)
{
    const uint64_t file_units = trace->file_bytes / MT_UNIT_BYTES + 1;
    return trace->is_live || used < file_units ? used : file_units;
}

static void count_bad(struct mt_places *places, uint64_t offset, const char *fault)
{
    if (places->bad++ > 0)
        return;
    places->bad_offset = offset;
    places->bad_reason = fault;
}

int mt_places_find(struct mt_trace *trace, struct mt_places *places)
{
    mt_places_finish(places);
    uint64_t used = 0;
    mt_trace_read(trace, offsetof(struct mt_header, units_used), &used, sizeof used);
    const uint64_t limit = unit_limit(trace, used);
    size_t room = 0;
    bool was_bad = false;
    for (uint64_t unit = 1; unit < limit;) {
        const uint64_t offset = unit << MT_UNIT_SHIFT;
        struct mt_extent head;
        if (mt_trace_read(trace, offset, &head, sizeof head) < sizeof head)
            break;
        if (head.magic == 0) { /* it was being made when the process ended, or is being made now */
            unit = next_data(trace, unit + 1, limit);
            continue;
        }
        const char *fault = fault_of(&head, used - unit);
        if (fault && !was_bad)
            count_bad(places, offset, fault);
        was_bad = fault != NULL;
        if (!fault && add(places, &room, &head, offset))
            return -1;
        unit += fault ? 1 : head.units;
    }
    return 0;
}

void mt_places_finish(struct mt_places *places)
{
    free(places->at);
    *places = (struct mt_places){0};
}
