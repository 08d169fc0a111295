/* thread_status.h: what the kernel says of another thread of this process, in /proc. */
#ifndef MT_THREAD_STATUS_H
#define MT_THREAD_STATUS_H

#include <stdint.h>

struct mt_thread_status {
    char state;       /* as in proc(5): R, S, D, T, Z, … */
    uint64_t blocked; /* bit n - 1: signal n; in sigwait, those it waits for are not among them */
};

/* Returns 0 where the thread has ended; the first one stays until the process ends, as a zombie.
 * Where /proc does not say (no descriptor is left), its state is '?' and it has all blocked. */
int mt_thread_status(uint32_t tid, struct mt_thread_status *ret_status);

enum { MT_CALL_ARGUMENTS = 6 };

/* The system call that a sleeping thread is in. */
struct mt_thread_call {
    long number; /* -1: none; it sleeps for another reason (a page fault), or it is not known */
    uint64_t arguments[MT_CALL_ARGUMENTS]; /* 0 where there is no call */
    uint64_t sp, pc;
};

/* Returns 0 where the thread runs, has ended, or /proc does not say. */
int mt_thread_call(uint32_t tid, struct mt_thread_call *ret_call);

#endif
