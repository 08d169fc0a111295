/* fault.h: option guard: SIGSEGV, taken so that an access to a guarded page is reported before the
 * program hears of it. The program never finds it taken: hooks_signal.c tells it what it has set
 * itself. Where it has the signal ignored, or blocked when it comes, the kernel kills it at once as
 * it would without us, and nothing can be said. */
#ifndef MT_FAULT_H
#define MT_FAULT_H

#include "urgent.h"

/* There is a guarded region: standing by has a purpose from now on. */
void mt_fault_start(void);

/* Takes the signal, in front of what the program has set. Any thread, any time. */
void mt_fault_stand_by(void);

/* The kernel is told again what the program has set: for a sandbox, and for calls that change it.
 */
void mt_fault_give_back(void);

/* What the program has set, where `handler` is the tracer's; else NULL. */
const struct mt_disposition *mt_fault_behind(const void *handler);

#endif
