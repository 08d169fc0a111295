/* leaks.h: counts what is alive by verdict and by epoch, for the program that asks (memtrace.h). */
#ifndef MT_LEAKS_H
#define MT_LEAKS_H

#include <stdint.h>
#include "memtrace/memtrace.h"

/* Counts the blocks and mappings that live now and were allocated in the epochs first to end - 1,
 * with the verdicts of the snapshot `number` (0: none has any, all are unclassified). Reads the
 * whole table: some milliseconds per million blocks. Returns 0 where there is no memory for it. */
int mt_leaks_count(uint64_t number, uint32_t first, uint32_t end, struct memtrace_leaks *ret_leaks);

#endif
