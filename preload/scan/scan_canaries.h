/* scan_canaries.h: options canary and guard: blocks beyond whose ends somebody has written. */
#ifndef MT_SCAN_CANARIES_H
#define MT_SCAN_CANARIES_H

#include "scan_job.h"
#include "scan_objects.h"

/* Looks at the bytes around every block that lives, and writes what has changed into the trace, by
 * the stack of the block's allocation. */
void mt_scan_canaries(const struct mt_scan_job *job, const struct mt_objects *objects);

#endif
