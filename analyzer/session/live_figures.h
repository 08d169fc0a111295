/* live_figures.h: what a trace that is being written says of its process at this instant, without
 * reading it whole. */
#ifndef MT_LIVE_FIGURES_H
#define MT_LIVE_FIGURES_H

#include <stdint.h>
#include "memtrace/trace_system.h"

/* Fills in the figures that come from the trace itself: live, allocations, frees, mapped. `fd`: the
 * file, opened for reading. Where the trace is too large to be looked through in passing they stay
 * as they are. */
void mt_live_figures(int fd, uint64_t *figures);

/* Offset of the SYSTEM extent that memtrace run writes to; 0: there is none, or not yet. */
uint64_t mt_live_place(int fd);

#endif
