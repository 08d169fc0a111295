/* snapshot.c: from the SNAPSHOT extents to the newest snapshot and the one before it: the extents
 * of one number, in the order of their places, are joined to one list of facts, and its areas and
 * runs of pages are checked and laid out.
 *
 * A running process may write over a snapshot while it is read. It begins with the first extent,
 * which then belongs to another snapshot: so that head is read again at the end. */
#include "snapshot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "trace_parts.h"

/* ---- from extents to facts ---- */

static int compare_places(const void *left, const void *right)
{
    const struct mt_place *a = left, *b = right;
    return a->ordinal < b->ordinal ? -1 : a->ordinal > b->ordinal;
}

static bool still_belongs(const struct mt_trace *trace, const struct mt_place *place,
                          uint64_t number)
{
    struct mt_extent head;
    mt_trace_read(trace, place->offset, &head, sizeof head);
    return head.magic == MT_EXTENT_MAGIC && head.snapshot == number;
}

/* The extents of snapshot `number`, in order. NULL where there is no memory. */
static struct mt_place *places_of(const struct mt_places *places, uint64_t number,
                                  size_t *ret_count)
{
    size_t count = 0;
    struct mt_place *chosen = calloc(places->count + 1, sizeof *chosen);
    for (size_t i = 0; chosen && i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_SNAPSHOT && places->at[i].snapshot == number)
            chosen[count++] = places->at[i];
    if (count)
        qsort(chosen, count, sizeof *chosen, compare_places);
    *ret_count = count;
    return chosen;
}

static bool is_whole(const struct mt_place *places, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++)
        if (places[i].ordinal != 2 * i + (number & 1))
            return false;
    return count > 0;
}

/* Appends the facts of one extent. Facts are padded to 8 bytes: a list that ends elsewhere is
 * unsound, and so is what follows. */
static void read_facts(struct mt_trace *trace, const struct mt_place *place, struct mt_seen *seen)
{
    char *facts = seen->facts + seen->fact_bytes;
    const size_t bytes = mt_trace_read(trace, place->offset + sizeof(struct mt_extent), facts,
                                       place->used & ~UINT64_C(7));
    size_t at = 0;
    struct mt_fact fact;
    const char *payload;
    int found;
    while ((found = mt_fact_next(facts, bytes, &at, &fact, &payload)) > 0)
        continue;
    if (found < 0)
        mt_trace_note(
            trace, &trace->damage.bad_facts, place->offset + sizeof(struct mt_extent) + at,
            "a fact of a snapshot of kind %" PRIu32 " and %" PRIu32 " bytes cannot be here",
            fact.kind, fact.payload_bytes);
    seen->fact_bytes += at & ~(size_t)7;
}

static int join_facts(struct mt_trace *trace, const struct mt_place *places, size_t count,
                      struct mt_seen *seen)
{
    seen->facts = malloc(count * MT_UNIT_BYTES);
    if (!seen->facts)
        return -1;
    for (size_t i = 0; i < count; i++)
        read_facts(trace, &places[i], seen);
    return 0;
}

int mt_seen_facts(const struct mt_seen *seen, enum mt_snapshot_fact kind,
                  int (*visit)(const void *payload, size_t bytes, void *context), void *context)
{
    size_t at = 0;
    struct mt_fact fact;
    const char *payload;
    while (mt_fact_next(seen->facts, seen->fact_bytes, &at, &fact, &payload) > 0) {
        const int result = fact.kind == kind ? visit(payload, fact.payload_bytes, context) : 0;
        if (result)
            return result;
    }
    return 0;
}

/* ---- from facts to areas ---- */

/* Why an area cannot be; NULL for a sound one. */
static const char *fault_of(const struct mt_seen *seen, const struct mt_area *area)
{
    const uint64_t page = seen->head.page_bytes;
    const struct mt_seen_area *last = seen->area_count ? &seen->areas[seen->area_count - 1] : NULL;
    if (area->start >= area->end || (area->start | area->end) & (page - 1))
        return "an area of an impossible range";
    if ((area->end - area->start) / page > MT_AREA_PAGES_MAX)
        return "an area of more pages than can be told";
    if (last && area->start < last->end)
        return "an area that does not follow the one before it";
    return NULL;
}

struct laying {
    struct mt_trace *trace;
    struct mt_seen *seen;
    size_t runs;     /* laid out so far */
    bool is_skipped; /* the newest area was unsound: its runs go with it */
};

/* Each returns 0 and maybe a fault, or -1 when there is no memory. */
static int take_area(struct laying *laying, const char *payload, size_t bytes,
                     const char **ret_fault)
{
    struct mt_seen *seen = laying->seen;
    struct mt_area area = {0};
    if (bytes >= sizeof area)
        memcpy(&area, payload, sizeof area);
    *ret_fault = fault_of(seen, &area);
    laying->is_skipped = *ret_fault != NULL;
    if (*ret_fault)
        return 0;
    char *name = strndup(payload + sizeof area, bytes - sizeof area);
    struct mt_seen_area *to = &seen->areas[seen->area_count];
    *to = (struct mt_seen_area){
        .start = area.start,
        .end = area.end,
        .file_offset = area.file_offset,
        .inode = area.inode,
        .device = area.device,
        .protection = area.protection,
        .flags = area.flags,
        .name = name,
        .runs = seen->runs + laying->runs,
    };
    seen->area_count++;
    return name ? 0 : -1;
}

static bool run_fits(const struct mt_seen_area *area, uint64_t pages, uint64_t run)
{
    const uint64_t first = mt_pages_first(run), count = mt_pages_count(run);
    const uint64_t *last = area->run_count ? &area->runs[area->run_count - 1] : NULL;
    return count > 0 && first + count <= pages &&
           (!last || first >= mt_pages_first(*last) + mt_pages_count(*last));
}

static const char *take_runs(struct laying *laying, const char *payload, size_t bytes)
{
    struct mt_seen *seen = laying->seen;
    if (laying->is_skipped)
        return NULL;
    if (!seen->area_count)
        return "runs of pages of no area";
    struct mt_seen_area *area = &seen->areas[seen->area_count - 1];
    const uint64_t pages = (area->end - area->start) / seen->head.page_bytes;
    for (size_t at = 0; at + sizeof(uint64_t) <= bytes; at += sizeof(uint64_t)) {
        uint64_t run;
        memcpy(&run, payload + at, sizeof run);
        if (!run_fits(area, pages, run))
            return "a run of pages that cannot be";
        seen->runs[laying->runs++] = run;
        area->run_count++;
    }
    return NULL;
}

static int lay_out(struct mt_trace *trace, struct mt_seen *seen, uint64_t offset)
{
    struct laying laying = {.trace = trace, .seen = seen};
    struct mt_fact fact;
    const char *payload, *fault;
    size_t at = 0;
    seen->areas = calloc(seen->fact_bytes / sizeof(struct mt_area) + 1, sizeof *seen->areas);
    seen->runs = malloc(seen->fact_bytes + 1);
    if (!seen->areas || !seen->runs)
        return -1;
    while (mt_fact_next(seen->facts, seen->fact_bytes, &at, &fact, &payload) > 0) {
        fault = NULL;
        if (fact.kind == MT_SNAPSHOT_PAGES)
            fault = take_runs(&laying, payload, fact.payload_bytes);
        else if (fact.kind == MT_SNAPSHOT_AREA &&
                 take_area(&laying, payload, fact.payload_bytes, &fault))
            return -1;
        if (fault)
            mt_trace_note(trace, &trace->damage.bad_facts, offset, "snapshot %" PRIu64 ": %s",
                          seen->head.number, fault);
    }
    return 0;
}

/* ---- a snapshot ---- */

static void finish(struct mt_seen *seen)
{
    for (size_t i = 0; seen && i < seen->area_count; i++)
        free(seen->areas[i].name);
    if (seen) {
        free(seen->areas);
        free(seen->runs);
        free(seen->facts);
    }
    free(seen);
}

static bool take_head(struct mt_seen *seen, uint64_t number)
{
    size_t at = 0;
    struct mt_fact fact;
    const char *payload;
    if (mt_fact_next(seen->facts, seen->fact_bytes, &at, &fact, &payload) <= 0 ||
        fact.kind != MT_SNAPSHOT_HEAD || fact.payload_bytes < sizeof seen->head)
        return false;
    memcpy(&seen->head, payload, sizeof seen->head);
    const uint64_t page = seen->head.page_bytes;
    return seen->head.number == number && page >= 4096 && page <= MT_UNIT_BYTES &&
           (page & (page - 1)) == 0;
}

/* Reads what the places hold. Returns -1 when there is no memory, 0 with NULL where it cannot be
 * read. */
static int read_places(struct mt_trace *trace, const struct mt_place *places, size_t count,
                       uint64_t number, struct mt_seen **ret_seen)
{
    struct mt_seen *seen = calloc(1, sizeof *seen);
    int failed = !seen || join_facts(trace, places, count, seen) ? -1 : 0;
    const bool is_sound = !failed && take_head(seen, number);
    if (is_sound)
        failed = lay_out(trace, seen, places[0].offset);
    else if (!failed)
        mt_trace_note(trace, &trace->damage.bad_facts, places[0].offset,
                      "snapshot %" PRIu64 " has no sound head", number);
    if (is_sound && !failed)
        *ret_seen = seen;
    else
        finish(seen);
    return failed;
}

static int read_snapshot(struct mt_trace *trace, const struct mt_places *places, uint64_t number,
                         struct mt_seen **ret_seen)
{
    size_t count;
    struct mt_place *chosen = places_of(places, number, &count);
    if (!chosen)
        return -1;
    const struct mt_damage before = trace->damage;
    int failed = 0;
    if (is_whole(chosen, count, number))
        failed = read_places(trace, chosen, count, number, ret_seen);
    else if (ret_seen == &trace->seen[MT_NEWEST])
        mt_trace_note(trace, &trace->damage.bad_extents,
                      offsetof(struct mt_header, snapshots_taken),
                      "snapshot %" PRIu64 " is not there", number);
    if (trace->is_live && !(count && still_belongs(trace, &chosen[0], number))) {
        /* Written over meanwhile: what seemed unsound is no damage. */
        trace->damage = before;
        finish(*ret_seen);
        *ret_seen = NULL;
    }
    free(chosen);
    return failed;
}

uint64_t mt_snapshots_taken(const struct mt_trace *trace)
{
    uint64_t taken;
    mt_trace_read(trace, offsetof(struct mt_header, snapshots_taken), &taken, sizeof taken);
    return taken;
}

int mt_snapshots_read(struct mt_trace *trace, const struct mt_places *places, uint64_t taken)
{
    if (!taken)
        return 0;
    int failed = read_snapshot(trace, places, taken, &trace->seen[MT_NEWEST]);
    if (!failed && taken > 1)
        failed = read_snapshot(trace, places, taken - 1, &trace->seen[MT_BEFORE]);
    return failed;
}

void mt_snapshots_finish(struct mt_trace *trace)
{
    for (unsigned age = 0; age < MT_PLANES; age++)
        finish(trace->seen[age]);
}

const struct mt_seen *mt_trace_snapshot(const struct mt_trace *trace, unsigned age)
{
    return age < MT_PLANES ? trace->seen[age] : NULL;
}

size_t mt_seen_area_after(const struct mt_seen *seen, uint64_t address)
{
    size_t low = 0, high = seen->area_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (seen->areas[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct mt_seen_area *mt_seen_area_at(const struct mt_seen *seen, uint64_t address)
{
    const size_t i = mt_seen_area_after(seen, address);
    return i < seen->area_count && seen->areas[i].start <= address ? &seen->areas[i] : NULL;
}

const char *mt_residency_name(uint32_t residency)
{
    static const char *const names[] = {NULL, "pagemap_scan", "pagemap", "mincore"};
    return residency < sizeof names / sizeof *names ? names[residency] : NULL;
}
