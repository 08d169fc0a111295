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

/* Writes the verdicts of all objects, and counts them in the answer's scan. A LEAVES extent without
 * a plane keeps none. */
void mt_verdicts_write(const struct mt_scan_job *job, const struct mt_mark_run *run);

#endif
