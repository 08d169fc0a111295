/* scan_sites.h: which sites (stacks that objects were made by) have the most bytes, for each
 * verdict that a chain of pointers can explain. */
#ifndef MT_SCAN_SITES_H
#define MT_SCAN_SITES_H

#include <stdint.h>
#include "memtrace/trace_snapshot.h"
#include "scan_mark.h"

enum { MT_SITES_MAX = 256 }; /* of each verdict */

struct mt_scan_sites {
    uint8_t *wanted; /* by stack: bits 1 << enum mt_verdict */
    uint32_t limit;  /* of stacks */
    uint32_t left[MT_VERDICT_COUNT];
};

/* After the marks are final. Objects that are roots themselves do not count. Returns 0 when there
 * is no memory. */
int mt_scan_sites_find(struct mt_scan_sites *sites, const struct mt_mark_run *run,
                       struct mt_header *header, uint64_t units);

/* Whether the object is the first one asked about of a wanted site: it is wanted no more then. */
int mt_scan_sites_take(struct mt_scan_sites *sites, const struct mt_objects *objects,
                       mt_object object);

#endif
