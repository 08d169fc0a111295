/* snapshot.h: writes what the process finds when it looks at itself into the trace: SNAPSHOT
 * extents, as include/memtrace/trace_snapshot.h describes them.
 *
 *   if (mt_snapshot_begin(MT_CAUSE_EXIT)) {
 *       mt_snapshot_say(MT_SNAPSHOT_AREA, &area, sizeof area, name, name_bytes);
 *       ...
 *       mt_snapshot_end();
 *   }
 *
 * A child made by a raw clone (copy-on-write, not through libc) may go on with a snapshot that its
 * parent began, while the parent says nothing; either may end it, and the parent must. A child that
 * dies meanwhile leaves the facts that were whole: the parent can say more, and ends it. */
#ifndef MT_SNAPSHOT_H
#define MT_SNAPSHOT_H

#include <stddef.h>
#include "memtrace/trace_snapshot.h"

/* Begins the next snapshot and says its head: number, cause, time, size of a page; the rest is
 * zero. Returns its number; 0 where there is no trace, no room in it, or one is being made. What is
 * left of the snapshot before the last is written over. */
uint64_t mt_snapshot_begin(enum mt_snapshot_cause cause);

/* The head of the snapshot that is being made, in the trace, to be filled in before its end. */
struct mt_snapshot *mt_snapshot_head(void);

/* Appends a fact whose payload is the two parts one after the other (either may be empty), together
 * at most MT_SNAPSHOT_PAYLOAD_MAX bytes. Returns 1; 0 when there was no room (counted in
 * lost_facts): the snapshot can be ended all the same, without the fact. */
int mt_snapshot_say(enum mt_snapshot_fact kind, const void *head, size_t head_bytes,
                    const void *tail, size_t tail_bytes);
enum {
    MT_SNAPSHOT_PAYLOAD_MAX = MT_UNIT_BYTES - sizeof(struct mt_extent) - sizeof(struct mt_fact)
};

/* Takes back all that has been said but for the head: there is room again for something else. */
void mt_snapshot_take_back(void);

/* Ends and publishes it: readers see it whole from here on. By the parent after its child: allows
 * the next one to begin. */
void mt_snapshot_end(void);

#endif
