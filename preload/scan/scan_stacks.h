/* scan_stacks.h: the stacks of threads, found by the thread's descriptor at their end. */
#ifndef MT_SCAN_STACKS_H
#define MT_SCAN_STACKS_H

#include "ranges.h"
#include "scan_job.h"
#include "scan_mark.h"

/* Finds the stacks that libc has mapped, in use or not (it keeps some for threads to come): ranges
 * up to the end of the descriptor, or of the storage behind it; its address is the tag. Returns 0
 * when there is no memory. */
int mt_stacks_find(const struct mt_scan_job *job, const struct mt_mark_run *run,
                   struct mt_ranges *ret_stacks);

/* What the recorded stacks are: those of threads that live are in use; of one that has ended, its
 * pthread_t alone is a pointer to it. */
void mt_stacks_judge(const struct mt_scan_job *job, struct mt_mark_run *run);

/* Reads the stacks and registers of all threads, and their thread-local storage, as roots. Counts
 * what was seen in the answer's scan. */
void mt_stacks_mark(const struct mt_scan_job *job, struct mt_mark_run *run,
                    const struct mt_ranges *stacks);

#endif
