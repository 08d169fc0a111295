/* closing.h: the last word of the tracer. */
#ifndef MT_CLOSING_H
#define MT_CLOSING_H

#include "memtrace/trace_format.h"

/* The one line for the user: what was done wrong, what was lost, or not freed, and the command that
 * shows it. Said by the image the user started, not by its forked children. `is_gone`: the trace has
 * been removed. Not inlined: its caller's frame is a root of the scan. */
void mt_closing_say(const struct mt_header *header, int is_gone);

#endif
