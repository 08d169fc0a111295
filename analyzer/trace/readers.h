/* readers.h: who may read what a trace leads to. A trace, and the programs it names, can name any
 * file in turn: a report must not tell whoever wrote them, by way of somebody who may read more,
 * what is in it. */
#ifndef MT_READERS_H
#define MT_READERS_H

#include <stdbool.h>
#include "trace.h"

/* Whether nothing is given away by showing what is in the file that is open as `fd`: the trace is
 * the user's own, or its owner could read the file as well. A pack may come from anybody, so
 * everybody must be able to. */
bool mt_trace_may_show(const struct mt_trace *trace, int fd);

#endif
