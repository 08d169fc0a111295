/* snapshot.h: what the process found when it looked at itself, read from an open trace. Everything
 * here is owned by the trace and checked: areas ascend and do not overlap, runs lie in their area,
 * ascend and do not overlap. What is unsound has been left out and counted (mt_damage). */
#ifndef MT_ANALYZER_SNAPSHOT_H
#define MT_ANALYZER_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>
#include "memtrace/trace_snapshot.h"
#include "trace.h"

struct mt_seen_area {
    uint64_t start, end;
    uint64_t file_offset, inode; /* inode 0: no file behind it */
    uint32_t device;             /* major << 20 | minor */
    unsigned protection;         /* PROT_* */
    unsigned flags;              /* MT_AREA_* */
    char *name;                  /* NUL-ended; "" where it has none */
    const uint64_t *runs;        /* of pages: mt_pages_first, _count, _state */
    size_t run_count;
};

/* A snapshot. */
struct mt_seen {
    struct mt_snapshot head;
    struct mt_seen_area *areas; /* by address */
    size_t area_count;
    uint64_t *runs;
    char *facts; /* of trace_snapshot.h, the head first; sound as a list */
    size_t fact_bytes;
};

/* Snapshots that are kept, by age: the newest complete one, and the one before it. */
enum { MT_NEWEST, MT_BEFORE, MT_PLANES };

/* A snapshot; NULL where the trace has none, or none that can be read. */
const struct mt_seen *mt_trace_snapshot(const struct mt_trace *trace, unsigned age);

/* Calls `visit` for each fact of a kind, in the order they were said; `payload` is aligned to 8.
 * Its content is not checked. Stops early when `visit` returns nonzero, and returns that; 0 at the
 * end. */
int mt_seen_facts(const struct mt_seen *seen, enum mt_snapshot_fact kind,
                  int (*visit)(const void *payload, size_t bytes, void *context), void *context);

/* The first area that ends behind `address`, as an index; area_count: none. */
size_t mt_seen_area_after(const struct mt_seen *seen, uint64_t address);
/* The area that `address` lies in; NULL none. */
const struct mt_seen_area *mt_seen_area_at(const struct mt_seen *seen, uint64_t address);

/* "pagemap_scan", "pagemap", "mincore"; NULL where the states of pages are not known. */
const char *mt_residency_name(uint32_t residency);

#endif
