/* scan_chains.h: says, for an object of each of the largest sites, through which pointers it is
 * kept, or how it hangs on the head of what is lost. */
#ifndef MT_SCAN_CHAINS_H
#define MT_SCAN_CHAINS_H

#include "scan_job.h"
#include "scan_mark.h"

/* After the marks are final. Adds MT_SNAPSHOT_CHAIN facts to the snapshot that is being made; none
 * where memory is short, and none in place. */
void mt_chains_write(const struct mt_scan_job *job, struct mt_mark_run *run);

#endif
