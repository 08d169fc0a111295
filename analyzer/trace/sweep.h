/* sweep.h: a trace that is read again and again while its process runs. What lives is summed by
 * stack, in slices of time that the caller chooses; memory goes with the stacks, not with the
 * blocks. */
#ifndef MT_SWEEP_H
#define MT_SWEEP_H

#include <stddef.h>
#include "trace.h"

struct mt_sweep;

/* What a stack has allocated and lives; fractions in a sampled trace. */
struct mt_swept {
    double objects, bytes;
};

/* Returns as mt_trace_open does; mt_sweep_close frees it. Nothing has been read yet. */
int mt_sweep_open(const char *path, struct mt_sweep **ret_sweep, struct mt_error *error);
void mt_sweep_close(struct mt_sweep *sweep); /* NULL is fine */

/* Reads on for about `budget_us`. Returns 1 where a round ends, with all that follows as new as
 * that; 0 where there is more to read; -1 where memory runs out. */
int mt_sweep_step(struct mt_sweep *sweep, uint64_t budget_us);

/* Sums of the last round, by node id. */
const struct mt_swept *mt_sweep_blocks(const struct mt_sweep *sweep, size_t *ret_count);

/* The same trace throughout; of its parts it has the header, totals, nodes, modules and mappings,
 * as of the last round, and no blocks. */
const struct mt_trace *mt_sweep_trace(const struct mt_sweep *sweep);

/* Another number than in the round before: what was found by the trace's modules is void. */
unsigned mt_sweep_modules(const struct mt_sweep *sweep);

/* The number of the newest complete snapshot, as it is in the file now; 0: none. */
uint64_t mt_sweep_snapshots(const struct mt_sweep *sweep);

#endif
