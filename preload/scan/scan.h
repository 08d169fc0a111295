/* scan.h: finds out which of the unfreed objects the program can still reach, in a child that is
 * cloned for it, while the process waits. */
#ifndef MT_SCAN_H
#define MT_SCAN_H

#include <stdint.h>
#include "arch.h"
#include "memtrace/trace_snapshot.h"

/* Learns where libraries lie that the scan tells apart. From the constructor. */
void mt_scan_start(void);

/* Scans for the snapshot `number`, which is being made, and says what came of it there. The process
 * is about to end: it waits at most a minute, and the other threads, once stopped, stay so.
 * `registers` are those of a frame that exit or quick_exit has called, and lie in it. On a stack of
 * the tracer's. */
void mt_scan_at_exit(uint64_t number, const struct mt_registers *registers);

/* The same for a process that goes on: it stands still until the child has taken down what lives.
 * Returns the child, which ends the snapshot itself; 0 where there is none, and why has been said.
 * `registers` lie in the frame from where on the caller's stack counts; `context` is NULL but in a
 * signal handler, and says where the stack counts from there. */
long mt_scan_on_demand(uint64_t number, const struct mt_registers *registers,
                       const void *context);

/* Whether that child has ended; `to_wait`: waits for it, a minute at most. The snapshot is then to be
 * ended by the process as well. */
int mt_scan_finish(long child, int to_wait);

/* Whether the child that was finished last gave verdicts. */
int mt_scan_gave_verdicts(void);

/* What the last scan saw; NULL where none came to its end. */
const struct mt_scan *mt_scan_result(void);

#endif
