/* scan_places.h: what a root is that a pointer was found in: a module's data, a thread's stack,
 * registers or thread-local storage, or other memory. */
#ifndef MT_SCAN_PLACES_H
#define MT_SCAN_PLACES_H

#include "scan_job.h"
#include "scan_mark.h"

struct mt_places {
    const struct mt_scan_job *job;
    const struct mt_mark_run *run;
    struct mt_ranges storage; /* thread-local storage, sorted; the tag is the thread's number */
};

/* Returns 0 when there is no memory. */
int mt_places_start(struct mt_places *places, const struct mt_scan_job *job,
                    const struct mt_mark_run *run);

/* Fills in kind, object and thread of a pointer at link->at, read as part of `root`. */
void mt_places_tell(const struct mt_places *places, const struct mt_root *root,
                    struct mt_link *link);

/* If a block is thread-local storage that ld.so has allocated, the same. Returns whether it is. */
int mt_places_tell_storage(const struct mt_places *places, struct mt_link *link);

#endif
