/* misuses.h: what the program did wrong with memory: options errors, guard and canary of the
 * preload. */
#ifndef MT_MISUSES_H
#define MT_MISUSES_H

#include "memtrace/trace_errors.h"
#include "trace.h"

/* The misuses of a trace, by time, then by address: stacks, threads and kinds of theirs are sound,
 * or 0. NULL where there is none. */
const struct mt_misuse *mt_trace_misuses(const struct mt_trace *trace, size_t *ret_count);

/* What was watched for, MT_CHECKED_*: 0 where nothing was, or the trace cannot tell. */
uint32_t mt_trace_checks(const struct mt_trace *trace);

/* Misuses that were seen and found no room; calls that could not be judged. */
uint64_t mt_trace_lost_misuses(const struct mt_trace *trace);
uint64_t mt_trace_blind_calls(const struct mt_trace *trace);

/* "double-free" as a key; "double free" for people. */
const char *mt_misuse_key_name(uint32_t kind);
const char *mt_misuse_title(uint32_t kind);

/* "stack", "module", …: where an address lies that is no block; NULL: not known. */
const char *mt_place_name(uint32_t place);

#endif
