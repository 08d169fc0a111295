/* errors.h: what the program did wrong with memory, written into the trace. */
#ifndef MT_ERRORS_H
#define MT_ERRORS_H

#include <stdint.h>
#include "memtrace/trace_errors.h"

/* Says in the trace that `checks` (MT_CHECKED_*) are made from now on. Returns 0 where there is no
 * room to write down what they find: then they are not worth making. */
int mt_errors_start(uint32_t checks);

/* A misuse has been seen: all of it but key, count, first_ms and last_ms, which are seen to here.
 * Before the wrong call goes on, for the program may not survive it. Any thread, any time, also in
 * a signal handler; without a lock. The first of its kind at its stacks is kept whole, later ones
 * are counted. Returns whether it is the first. Keeps errno. */
int mt_errors_note(const struct mt_misuse *misuse);

/* The same for a child that scans, which finds mt_process empty: `extent` is mt_process->errors as
 * it was, `now_ms` the time. */
int mt_errors_note_in(struct mt_extent *extent, const struct mt_misuse *misuse, uint64_t now_ms);

/* A call that could not be judged. */
void mt_errors_blind(void);

/* How many different ones there are so far, and how often they came in all. For the closing line.
 */
void mt_errors_totals(uint64_t *ret_different, uint64_t *ret_times);

#endif
