/* churn.h: sites whose blocks are mappings of their own, or that map memory themselves, and release
 * it again: each round pays for the system calls and for the pages' faults. */
#ifndef MT_CHURN_H
#define MT_CHURN_H

#include "trace.h"

struct mt_churn_site {
    uint32_t stack; /* node id, checked */
    enum mt_function function;
    uint64_t rounds; /* at least 1 */
    uint64_t bytes, largest_bytes;
    uint64_t first_ms, last_ms; /* first and last release, since the start of the trace */
};

/* The sites of a trace, the most bytes first. Owned by the trace. */
const struct mt_churn_site *mt_trace_churn(const struct mt_trace *trace, size_t *ret_count);

/* Whether there were more sites than the trace has room for. */
bool mt_trace_churn_is_full(const struct mt_trace *trace);

#endif
