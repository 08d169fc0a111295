/* doubt.h: whether the counts of a trace can be relied on. */
#ifndef MT_DOUBT_H
#define MT_DOUBT_H

#include <stddef.h>
#include "trace.h"

enum { MT_DOUBT_BYTES = 512 };

/* Why the counts of this trace prove nothing: the allocator was
 * not seen, records were lost, the file is damaged. One line, written to `text`, which is returned;
 * NULL when they can be relied on. */
const char *mt_trace_doubt(const struct mt_trace *trace, char text[MT_DOUBT_BYTES]);

/* The same, but for a trace in which not one allocation was seen: of one process among several
 * that is no reason to doubt, small programs make none. */
const char *mt_trace_loss(const struct mt_trace *trace, char text[MT_DOUBT_BYTES]);

#define MT_DOUBT_SILENT "not one allocation was seen (does it bring an allocator of its own?)"

#endif
