/* live_figures.h: what a trace that is being written says of its process at this instant, without
 * reading it whole. */
#ifndef MT_LIVE_FIGURES_H
#define MT_LIVE_FIGURES_H

#include <stdbool.h>
#include <stdint.h>
#include "memtrace/trace_system.h"

/* Fills in the figures that come from the trace itself: live, allocations, frees, mapped. `fd`: the
 * file, opened for reading. Where the trace is too large to be looked through in passing they stay
 * as they are. */
void mt_live_figures(int fd, uint64_t *figures);

/* Visits the sound heads of extents. Returns false where there are too many, or `visit` says that it
 * is enough. */
typedef bool mt_extent_visitor(int fd, const struct mt_extent *head, uint64_t offset, void *context);
bool mt_live_extents(int fd, mt_extent_visitor *visit, void *context);

/* Offset of an extent that is made for samples, as memtrace run writes them; 0: there is none, or not
 * yet. */
uint64_t mt_live_place(int fd, enum mt_extent_kind kind, uint32_t ordinal);

#endif
