/* thread.h: what the tracer keeps for a thread of the program. */
#ifndef MT_THREAD_H
#define MT_THREAD_H

#include <stddef.h>
#include <stdint.h>
#include "memtrace/trace_format.h"
#include "process.h"
#include "sample.h"
#include "stack.h"

/* In wiped memory, one per thread slot; reclaimed when the kernel no longer knows the thread, never
 * by a destructor, so that frees from the last TLS destructors still count. */
struct mt_thread_state {
    uint32_t way;             /* MT_WAY_*; 0 in a forked child */
    uint32_t slot;            /* thread slot in the trace, from 1 */
    struct mt_thread *record; /* that slot */
    struct mt_memo *memo;

    /* The guard: where on the stack the hook runs that is inside the tracer now, 0 when none. A
     * signal handler's hook that finds it set takes no walk, but its record is kept all the same.
     */
    uintptr_t *busy;

    /* The clock as last read, so that what blocks of a tick have in common is encoded once. */
    long tick_sec, tick_nsec;
    uint64_t small_tick, large_tick; /* time and slot, as a small word or a large one's second has
                                        them */

    /* Set while an outer hook (operator new, delete) is in the real function: calls of other
     * hooks from its body, or from ours, belong to the outer one. */
    uintptr_t inner_start;
    void *released; /* block that the outer hook has already taken out of the table */
    void *given;    /* block that was recorded last inside the outer hook's call */

    /* Option errors: releases that are still asked for their stack before the clock's next tick,
     * and how many were not. */
    uint32_t stacks_left, stacks_refused;

    struct mt_sampler sampler; /* option sample */

    struct mt_account ***accounts; /* first level of the index (accounts.h), by stack; NULL: option
                                      peak is off */
    const void *last;              /* block that was given last */
    int64_t live_next;             /* live bytes from which on they are told to the header */

    uint64_t nowhere; /* takes what a small block does not store */

    uint32_t tid;   /* of the thread whose slot it is */
    uint32_t owner; /* atomic: 0 never used, else that tid, and above MT_OWNER_BITS a count that
                       goes on where the next owner has the same tid */
};

enum { MT_OWNER_BITS = 22 };        /* of a tid: the kernel's PID_MAX_LIMIT */
enum { MT_STACKS_PER_TICK = 4096 }; /* ticks are 1 to 4 ms, such a stack 20 to 40 ns */
/* The index of accounts: pages by stack / MT_ACCOUNTS_PER_PAGE, in two levels. */
enum {
    MT_ACCOUNT_INDEX = 512,
    MT_ACCOUNT_INDEX_SHIFT = 9 + 6, /* stacks that an entry of the first level covers */
    MT_ACCOUNT_TOP = 1 << (MT_NODE_BITS - MT_ACCOUNT_INDEX_SHIFT),
};

/* Which way a call takes: the short one when it has nothing but LIVE to heed. */
enum {
    MT_WAY_LIVE = 1 << 0,    /* the state stands */
    MT_WAY_INNER = 1 << 1,   /* inner_start is set */
    MT_WAY_SAMPLES = 1 << 2, /* option sample */
    MT_WAY_FREERS = 1 << 3,  /* option freed_by */
    MT_WAY_GUARDED = 1 << 4, /* option guard, of a sample: the block that comes next is guarded */
    MT_WAY_PROOF = 1 << 5,   /* option proof: still to be planted */
    MT_WAY_PLANTS = 1 << 6,  /* what is given now is a proof block */
    /* Of releases alone, so beyond what an allocation looks at: */
    MT_WAY_CHECKS = 1 << 8,   /* option errors */
    MT_WAY_CANARIES = 1 << 9, /* option canary */
    MT_WAY_OF_ALLOCATION = 0xff,
};

extern __thread struct mt_thread_state *mt_thread_pointer
    __attribute__((tls_model("initial-exec")));

/* Gives this thread a state: starts the tracer where that has not happened, takes a slot. NULL
 * when the tracer is off or no slot can be had (the caller's record is then lost). */
struct mt_thread_state *mt_thread_enter(void);

/* This thread's state, or NULL as above. */
static inline struct mt_thread_state *mt_thread_self(void)
{
    struct mt_thread_state *thread = mt_thread_pointer;
    if (__builtin_expect(thread && thread->way & MT_WAY_LIVE, 1))
        return thread;
    return mt_thread_enter();
}

/* The same where the thread has one already, else NULL. For what is not worth a slot. */
static inline struct mt_thread_state *mt_thread_known(void)
{
    struct mt_thread_state *thread = mt_thread_pointer;
    return thread && thread->way & MT_WAY_LIVE ? thread : NULL;
}

/* Reads the names of all threads that are alive anew. At the end of the process. */
void mt_thread_refresh_names(void);

/* Adds to a counter that only this thread writes. One instruction, so that a signal handler's hook
 * on the same thread cannot come between; no lock prefix, so that it costs no more than a store. */
static inline void mt_thread_add(uint64_t *counter, uint64_t amount)
{
#if defined(__x86_64__)
    __asm__("addq %1, %0" : "+m"(*counter) : "er"(amount) : "cc");
#else
    __atomic_fetch_add(counter, amount, __ATOMIC_RELAXED);
#endif
}

#endif
