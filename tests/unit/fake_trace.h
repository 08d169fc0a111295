/* fake_trace.h: stands in for the trace file where a test links the stack room alone: extents are
 * plain memory, facts are counted. */
#ifndef MT_FAKE_TRACE_H
#define MT_FAKE_TRACE_H

#include "memtrace/trace_format.h"

enum { FAKE_EXTENTS_MAX = 4096 };

struct fake_trace {
    struct mt_extent *extents[FAKE_EXTENTS_MAX]; /* those published, by ordinal */
    uint32_t taken, given_back;
    uint32_t room; /* extents that can be taken; set by the test */
    uint32_t facts;
    uint32_t root; /* mt_epoch_root, as the test likes it */
};
extern struct fake_trace fake_trace;

#endif
