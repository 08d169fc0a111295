/* curves.h: which sites were the largest as time went on, of an open trace. */
#ifndef MT_CURVES_H
#define MT_CURVES_H

#include <stddef.h>
#include "memtrace/trace_curves.h"
#include "trace.h"

/* The largest sites at one instant, the largest first. */
struct mt_ranking {
    uint64_t taken_ms;
    unsigned count; /* less than MT_RANKED_MAX: there were no others */
    struct {
        uint32_t stack; /* node id, not checked */
        uint64_t blocks, bytes;
    } sites[MT_RANKED_MAX];
};

/* All rankings, by time; NULL where there is none: the process was not started by memtrace run, or
 * lived for less than a tenth of a second. */
const struct mt_ranking *mt_trace_rankings(const struct mt_trace *trace, size_t *ret_count);

#endif
