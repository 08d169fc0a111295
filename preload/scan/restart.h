/* restart.h: a system call that a signal of the tracer's has interrupted goes on, where the kernel
 * does not see to that itself (SA_RESTART; signal(7) lists what it "never" restarts). */
#ifndef MT_RESTART_H
#define MT_RESTART_H

#include "thread_status.h"

/* Looks for libc's functions that wait. Once, while the process has one thread. */
void mt_restart_start(void);

/* At the end of a signal's handler, whose `context` it changes, where nothing of the program's has
 * run for it. `call` is what the thread slept in just before it was sent the signal; NULL where
 * that is not known. */
void mt_restart(void *context, const struct mt_thread_call *call);

#endif
