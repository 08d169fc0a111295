/* system.h: figures of the process and of the system around it, as samples in the trace: at the
 * start, at the end, and in between where allocations come by (trace_system.h, samples.h). */
#ifndef MT_SYSTEM_H
#define MT_SYSTEM_H

#include <stdint.h>
#include "memtrace/trace_format.h"

/* In wiped memory. */
struct mt_system {
    uint64_t next_ms; /* when the next sample is due, in ms of the trace; atomic */
    uint64_t interval_ms;
    uint64_t sequence;
    struct mt_extent *extent; /* NULL: there are no samples in this trace */
};

/* The trace has been made: makes room in it, for memtrace run too, and takes the first sample.
 * `forked`: in a child, whose group is its parent's. On a stack of 64 KiB or more. */
void mt_system_start(int forked);

/* Takes a sample. Any thread, any time, on the smallest stack; does nothing where another thread is
 * at it. */
void mt_system_sample(void);

/* A thread has seen the clock move on to `now_ms`: takes the sample that is due. */
void mt_system_pass(uint64_t now_ms);

/* Returns when no sample is being taken any more. */
void mt_system_wait(void);

#endif
