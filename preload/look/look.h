/* look.h: the process looks at itself and leaves what it finds in the trace, as a snapshot. */
#ifndef MT_LOOK_H
#define MT_LOOK_H

#include "process.h"

/* The snapshot at the end of the process, by exit or quick_exit, in forked children as well: they
 * have traces of their own. On a stack of the tracer's, with all signals blocked; `registers` is a
 * struct mt_registers on the program's stack, from where on that stack is one of its roots.
 *
 * None is taken by _exit, which a signal handler may call in any state, or a child that is about to
 * tell its parent that exec failed; none before exec, which may fail, whereupon the process goes on;
 * and none in a sandbox (sandbox.h), for files of /proc are opened. */
void mt_look_at_exit(void *registers);

/* Answers who has asked for a snapshot from outside (header.snapshots_wanted): scans in a child that
 * goes on alone, while the program does. Any thread, any time; keeps errno. `context` is what a
 * signal handler was given, else NULL. */
void mt_look_on_demand(const void *context);

/* The program asks itself: scans now, and waits for the verdicts. Returns the snapshot's number; 0
 * where it has no verdicts. Not in a signal handler. */
uint64_t mt_look_by_program(void);

/* Whether somebody asks, or a child that scanned may be done. */
static inline int mt_look_is_due(void)
{
    const struct mt_process *process = mt_process;
    const uint64_t wanted =
        __atomic_load_n(&process->header->snapshots_wanted, __ATOMIC_RELAXED);
    return wanted != process->looks_wanted || process->look_child;
}

/* At most once in a tick of the clock. A process that makes no allocation is woken (urgent.c). */
static inline void mt_look_pass(void)
{
    if (__builtin_expect(mt_look_is_due(), 0))
        mt_look_on_demand(NULL);
}

#endif
