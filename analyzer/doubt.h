/* doubt.h: whether the counts of a trace can be relied on. */
#ifndef MT_DOUBT_H
#define MT_DOUBT_H

#include <stddef.h>
#include "trace.h"

enum { MT_DOUBT_BYTES = 512 };

/* Writes into `text`, as one line, why the counts of this trace prove nothing: the allocator was
 * not seen, records were lost, the file is damaged. Returns `text`, or NULL when they can be
 * relied on. */
const char *mt_trace_doubt(const struct mt_trace *trace, char text[MT_DOUBT_BYTES]);

#endif
