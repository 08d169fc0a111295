/* scan_roots.h: where the pointers lie that the program can still follow: data of its modules,
 * stacks and registers of its threads, memory whose making was not seen, and what ld.so keeps. */
#ifndef MT_SCAN_ROOTS_H
#define MT_SCAN_ROOTS_H

#include "scan_job.h"
#include "scan_mark.h"

/* Marks all that the roots lead to. run->areas is filled in. Returns 0 when there is no memory. */
int mt_roots_mark(const struct mt_scan_job *job, struct mt_mark_run *run);

/* The part of them that the program has named (annotations.h); what it ignores is marked so. */
int mt_roots_mark_annotations(const struct mt_scan_job *job, struct mt_mark_run *run);

#endif
