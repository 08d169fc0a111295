/* trace_walk.h: the extents of a trace that is mapped in this process, in the order of their units,
 * as a reader finds them (trace_format.h). For who has nothing but the header: a cloned child. */
#ifndef MT_TRACE_WALK_H
#define MT_TRACE_WALK_H

#include <stdint.h>
#include "memtrace/trace_format.h"

/* The first extent of this kind behind `after` (NULL: from the beginning) among the first `units`
 * units; NULL when there is none. Units must be readable, or reading them must be harmless. */
static inline struct mt_extent *mt_trace_next(struct mt_header *header, uint64_t units,
                                              enum mt_extent_kind kind, struct mt_extent *after)
{
    const uint64_t from = after ? (uint64_t)((char *)after - (char *)header) >> MT_UNIT_SHIFT : 0;
    for (uint64_t unit = after ? from + after->units : 1; unit < units;) {
        struct mt_extent *extent = (struct mt_extent *)((char *)header + (unit << MT_UNIT_SHIFT));
        const int is_valid = __atomic_load_n(&extent->magic, __ATOMIC_ACQUIRE) == MT_EXTENT_MAGIC;
        if (is_valid && extent->kind == (uint32_t)kind)
            return extent;
        unit += is_valid && extent->units ? extent->units : 1;
    }
    return 0;
}

#endif
