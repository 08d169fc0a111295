/* ranking.h: the largest sites of a process at this instant, from its trace. */
#ifndef MT_RANKING_H
#define MT_RANKING_H

#include <stdbool.h>
#include "memtrace/trace_curves.h"

/* Fills in the words of a ranking (trace_curves.h). `fd`: the trace, opened for reading. Returns
 * false where the trace cannot tell: its tracer keeps no accounts, it is too large to be looked
 * through in passing, or memory ran out. */
bool mt_rank_sites(int fd, struct mt_sample *ret_ranking);

#endif
