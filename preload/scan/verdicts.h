/* verdicts.h: from marks to verdicts in the trace: the planes of VERDICTS extents, and the facts of
 * the snapshot that is being made. */
#ifndef MT_VERDICTS_H
#define MT_VERDICTS_H

#include "scan_job.h"
#include "scan_mark.h"

/* Sees that each LEAVES extent has a VERDICTS extent of this plane (0 or 1), readable and writable.
 * Returns 0 when there is no room. Any number of times, by the process itself, one thread at a
 * time; other threads may add LEAVES extents meanwhile. */
int mt_verdicts_prepare(unsigned plane);

/* Finds the extents of the snapshot's plane, which have no verdicts from here on. Returns 0 when
 * there is no memory. */
int mt_verdicts_begin(const struct mt_scan_job *job, struct mt_planes *ret_planes);

/* After the marks are final: writes the verdicts of mappings, and the heads. */
void mt_verdicts_say(const struct mt_scan_job *job, const struct mt_mark_run *run);

/* Last: the states of blocks become verdicts. All are counted in the answer's scan. A LEAVES extent
 * without a plane keeps none. */
void mt_verdicts_write(const struct mt_scan_job *job, const struct mt_objects *objects,
                       const struct mt_planes *planes);

#endif
