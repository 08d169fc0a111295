/* accounts.h: what each stack has allocated and released in its life, and what it held at the peak,
 * of an open trace. */
#ifndef MT_ANALYZER_ACCOUNTS_H
#define MT_ANALYZER_ACCOUNTS_H

#include "memtrace/trace_accounts.h"
#include "trace.h"

/* The sums over all threads. */
struct mt_account_sum {
    uint64_t allocations, allocated_bytes;
    uint64_t releases, released_bytes;
    uint64_t temporary; /* released with no allocation in between by the thread */
    uint64_t temporary_bytes;
    uint64_t peak_blocks, peak_bytes; /* held at the peak; 0 where no peak was kept */
};

static inline void mt_account_sum_add(struct mt_account_sum *sum, const struct mt_account_sum *more)
{
    sum->allocations += more->allocations;
    sum->allocated_bytes += more->allocated_bytes;
    sum->releases += more->releases;
    sum->released_bytes += more->released_bytes;
    sum->temporary += more->temporary;
    sum->temporary_bytes += more->temporary_bytes;
    sum->peak_blocks += more->peak_blocks;
    sum->peak_bytes += more->peak_bytes;
}

/* Whether the trace has them: it was written by a tracer that keeps them, and not sampled. */
bool mt_trace_has_accounts(const struct mt_trace *trace);

/* That of a stack, by node id; NULL where it has none. */
const struct mt_account_sum *mt_trace_account(const struct mt_trace *trace, uint32_t stack);

/* Whether the state at the peak was kept, and when that was, with the bytes that lived then. */
bool mt_trace_peak(const struct mt_trace *trace, uint64_t *ret_ms, uint64_t *ret_bytes);

#endif
