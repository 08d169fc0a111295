/* process.h: the state of the tracer in this process image, from the first hook to the end. */
#ifndef MT_PROCESS_H
#define MT_PROCESS_H

#include <stdint.h>
#include "annotations.h"
#include "epochs.h"
#include "lock.h"
#include "memtrace/trace_format.h"
#include "system.h"
#include "vanished.h"

/* NEW is zero: it is what a forked child finds, for the structure lies in wiped memory. */
enum mt_process_state { MT_PROCESS_NEW = 0, MT_PROCESS_STARTING, MT_PROCESS_ON, MT_PROCESS_OFF };

enum { MT_TIDS = 1 << 16 };

struct mt_process {
    uint32_t state;           /* enum mt_process_state; atomic */
    uint32_t closing;         /* the trace takes no more extents: it has been cut to its length */
    struct mt_header *header; /* the mapped trace */
    uint64_t reserved_bytes;  /* length of the mapping */
    uint64_t started_mono_ns;

    uint64_t units_taken; /* header.units_used, where that is gone; atomic */
    struct mt_vanished vanished;

    struct mt_extent *spare_unit; /* given back by a lost race; atomic */
    struct mt_lock extents_lock;  /* of who makes an extent that others miss as well */

    struct mt_extent *facts; /* extent that facts are appended to */
    uint32_t facts_lock;     /* 1: a thread is appending; tried, never waited for */
    uint32_t facts_ordinal;

    struct mt_extent *leaves;       /* extent that leaves are taken from; atomic */
    struct mt_extent *spare_leaves; /* lost the race to be `leaves`; atomic */
    uint32_t leaves_ordinal;        /* atomic */

    uint32_t thread_slots; /* slots given out; atomic */
    uint32_t thread_probe; /* where the next search for an ended thread begins */
    uint32_t *slots_by_tid; /* of very many threads, by number modulo MT_TIDS: who had it last; atomic */
    struct mt_thread_state *thread_chunks[4096]; /* atomic; see thread.c */
    struct mt_extent *thread_extents[520];       /* atomic */

    uint32_t accounts_ordinal;  /* atomic */
    struct mt_extent *accounts; /* extent that pages of accounts are taken from; atomic */
    uint32_t proofs_begun; /* option proof: 1 once a thread has planted them; atomic */

    struct mt_extent *churn; /* NULL before the first release it counts; atomic */

    struct mt_extent *errors; /* NULL before the first misuse, or where none is watched for; atomic */

    struct mt_mappings *mappings;           /* NULL before the first; atomic */
    struct mt_thread_stacks *thread_stacks; /* the same */
    uint32_t thread_stacks_unreadable;      /* 1: it has been said that none can be had; atomic */
    struct mt_mapped_files *mapped_files;   /* the same */

    struct mt_epochs epochs;
    struct mt_annotations annotations;
    struct mt_system system;

    uint32_t snapshot_lock; /* 1: a snapshot is being made; tried, never waited for */
    uint32_t look_lock;     /* 1: a thread looks at the process; tried, never waited for (look.c) */
    uint32_t look_child;    /* process id of the child that still scans on demand; 0 none */
    uint64_t looks_wanted;  /* header.snapshots_wanted when it was last answered */
    uint32_t verdict_extents[2]; /* of each plane: so many have been made; see verdicts.c */
    struct mt_extent *snapshot_chains[2]; /* by number & 1: the first extent; see snapshot.c */
};

/* NULL before the tracer has begun. */
extern struct mt_process *mt_process;

/* Whether any page of the trace has gone (vanished.h). */
static inline int mt_vanished(void)
{
    return __atomic_load_n(&mt_process->vanished.from, __ATOMIC_RELAXED) != 0;
}

/* Makes the trace of this image if that has not been done: at the first hook, and again at the
 * first hook of a forked child. Returns whether it records. Any thread, any time. */
int mt_process_start(void);

/* Opens the stack room, at the first allocation after libc has been initialised. Opening libunwind
 * sooner would initialise libc from inside dlopen, without the program's arguments and environment.
 * The process has one thread then: making a second one allocates. Returns whether that has been
 * done. */
int mt_process_open_stacks(void);

/* Runs `work` on a stack of the tracer's, with all signals blocked; while the process has one
 * thread. Returns 0 where there is no memory for a stack. */
int mt_process_run_aside(void (*work)(void *), void *argument);

/* Gives up the room reserved for the trace beyond what is in use, but for a part of an address
 * space that is about to be limited to `limit_bytes`. The trace may then be full sooner. */
void mt_process_shrink(uint64_t limit_bytes);

/* Milliseconds since the trace began, from a clock that costs no system call (ticks of 1 to 4 ms).
 */
uint64_t mt_process_now_ms(void);

/* The trace of this very process, NULL where there is none: a vfork child shares its parent's
 * memory, and with it the parent's trace, which is not the child's. */
struct mt_header *mt_process_own_header(void);

/* The process image ends (or would: exec may fail, then mt_process_goes_on takes it back).
 * `status` is the exit status or -1 where it is not known. */
void mt_process_ends(enum mt_end end, int status);
void mt_process_goes_on(void);

#endif
