/* threads_park.h: has all other threads of the process stand still, each at a known stack pointer
 * with its registers on its own stack, and lets them go on again. */
#ifndef MT_THREADS_PARK_H
#define MT_THREADS_PARK_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include "thread_status.h"

enum mt_park_state {
    MT_PARK_ASKED = 0, /* has not answered yet */
    MT_PARK_SILENT,    /* does not answer: its registers are not known, and it may run on */
    MT_PARK_GONE,      /* has ended */
    MT_PARK_STANDS,    /* stands still in a signal handler */
    MT_PARK_SELF,      /* the thread that asked */
};

struct mt_parked {
    uint32_t tid;
    uint32_t state;             /* enum mt_park_state; atomic */
    uint64_t sp;                /* from here up its stack is in use; 0 not known */
    uint64_t descriptor;        /* libc's; 0 not known */
    uint64_t saved, saved_end;  /* its registers, where they lie apart from that stack; else 0 */
    uint32_t asked_by;          /* number of the signal; 0 not asked */
    struct mt_thread_call call; /* that it slept in when it was asked, and SILENT: that it is in */
};

/* In memory that a cloned child has as well. */
struct mt_threads {
    struct mt_parked *list;
    uint32_t count;
};

/* In the handler of the signal (urgent.c, libc_signal.c): returns 0 where it was not sent from
 * here, else when this thread may go on, with the call that it slept in where that can be
 * (restart.h). `context` is where its registers are, and its stack begins to count. */
int mt_threads_arrive(const siginfo_t *info, void *context);

/* Stops the other threads, waiting at most two seconds for those that will answer, and blocks
 * the caller's signals. `sp` is where the caller's stack begins to count; in a signal
 * handler that is said by its `context`, else NULL. `at_end`: the process is about to end, so no
 * exec comes after. Returns the threads, the caller included: NULL where they cannot be listed or
 * there is no memory; then nobody is stopped. One thread of the process at a time. */
const struct mt_threads *mt_threads_stop(uint64_t sp, const void *context, int at_end);

/* Before exec: returns when no thread is just being asked by a signal that must not go along. */
void mt_threads_may_exec(void);

/* Lets them go on. */
void mt_threads_release(void);

/* The process is about to end: they go on only if it has not after half a second. No system call
 * that they were in has then been seen to be interrupted. */
void mt_threads_release_late(void);

#endif
