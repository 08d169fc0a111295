/* extents.h: room in the trace. See include/memtrace/trace_format.h for the picture. */
#ifndef MT_EXTENTS_H
#define MT_EXTENTS_H

#include <stdint.h>
#include "memtrace/trace_format.h"

/* The header of this process's trace; NULL where there is no trace (none could be made, or the
 * options say so). Set once before the first thread state exists, zero again in a forked child. */
struct mt_header *mt_trace_header(void);

/* Takes `units` units from the trace, zeroed and backed by disk or memory, so that storing into
 * them cannot fault. Not yet visible to readers. NULL when there is no more room: the trace is
 * then marked MT_FLAG_FULL. May be called by any thread at any time; makes two system calls. */
struct mt_extent *mt_extent_take(uint32_t units);

/* The same for what is no record of an object: where there is no room, the trace is whole all the
 * same and not marked. Only the first page is backed: whoever stores behind it calls mt_extent_back
 * first. */
struct mt_extent *mt_extent_take_sparse(uint32_t units);

/* The same in the trace at `header`, which a child made by a raw clone has still mapped though it
 * finds mt_process empty. */
struct mt_extent *mt_extent_take_sparse_in(struct mt_header *header, uint32_t units);

/* Makes a piece of the trace's mapping writable and backs every page of it. Returns 0 when there
 * is no room: nothing may then be stored there. */
int mt_extent_back(void *at, uint64_t bytes);

/* Makes the first `units` units of the trace at `header` readable: a child that scanned has opened
 * what it took for itself alone. Returns 0 where that cannot be. */
int mt_extents_open(struct mt_header *header, uint64_t units);

/* Makes a taken extent visible to readers. `used` is where it begins, unless it has moved already.
 * Several threads may publish the same extent with the same values. */
void mt_extent_publish(struct mt_extent *extent, enum mt_extent_kind kind, uint32_t units,
                       uint32_t ordinal, uint64_t used);

/* Where one extent is full many threads may find so at the same moment, and each would take the next:
 * what it took could not be given back. So whoever is to make one enters here, and asks again whether
 * it is still missing. Returns 0 where nobody came out for long: then several may make it. */
int mt_extents_enter(uint64_t *ret_signals);
void mt_extents_leave(int entered, uint64_t signals);

/* Gives back an extent of one unit that lost the race to be published; a later take gets it. */
void mt_extent_give_back(struct mt_extent *extent);

#endif
