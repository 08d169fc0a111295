/* trace_paths.h: from what a user names (a trace, a folder of traces, a process) to trace files. */
#ifndef MT_TRACE_PATHS_H
#define MT_TRACE_PATHS_H

#include <stddef.h>
#include "error.h"

struct mt_trace_paths {
    char **items; /* owned */
    size_t count;
};

/* Adds the traces that `name` stands for: the file of that name; all *.mtrace of the folder of that
 * name, in the order of their names; or the trace that the process of that number writes to.
 * Returns 0, or MT_UNREADABLE. */
int mt_trace_paths_add(struct mt_trace_paths *paths, const char *name, struct mt_error *error);
void mt_trace_paths_finish(struct mt_trace_paths *paths); /* zeroed is fine */

#endif
