/* guard_calls.h: option guard: which allocations are given by guard.h. */
#ifndef MT_GUARD_CALLS_H
#define MT_GUARD_CALLS_H

/* Puts itself between the hooks and the program's functions. Once, while the process has one
 * thread, after mt_guard_start. */
void mt_guard_calls_start(void);

#endif
