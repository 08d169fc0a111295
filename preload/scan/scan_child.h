/* scan_child.h: the scan itself, in a child that has a copy of the process's memory. */
#ifndef MT_SCAN_CHILD_H
#define MT_SCAN_CHILD_H

#include "scan_job.h"

/* Scans, writes verdicts and the facts about them, and fills the answer in but for is_done. In a
 * child, reading what cannot be read gives zeros (mt_scan_survive_faults); in place, whatever is
 * read by guess is read by the kernel. Needs 64 KiB of stack; makes raw system calls alone. */
void mt_scan_run(const struct mt_scan_job *job);

/* In a child alone: from here on a page that cannot be read reads as zero. */
void mt_scan_survive_faults(void);

#endif
