/* signals.h: what is blocked while the tracer must not be interrupted: every signal but SIGBUS.
 * That one comes of a store into a page of the trace that is gone (vanished.h), and would be death
 * where it is blocked. What the program has blocked itself stays so. A SIGBUS that is sent
 * meanwhile waits (taken.c). */
#ifndef MT_SIGNALS_H
#define MT_SIGNALS_H

#include <signal.h>
#include <stdint.h>
#include "sys.h"

enum { MT_SIGSET_BYTES = 8 }; /* the kernel's */

#define MT_SIGNAL_BIT(number) (UINT64_C(1) << ((number)-1))
#define MT_SIGNALS_HELD (~MT_SIGNAL_BIT(SIGBUS))

/* Returns 0 where the kernel does not let us: nothing is blocked then. */
static inline int mt_signals_hold(uint64_t *ret_before)
{
    const uint64_t held = MT_SIGNALS_HELD;
    *ret_before = 0;
    return mt_sys(SYS_rt_sigprocmask, SIG_BLOCK, &held, ret_before, MT_SIGSET_BYTES) == 0;
}

static inline void mt_signals_release(uint64_t before)
{
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, MT_SIGSET_BYTES);
}

/* Whether a thread with this mask was in such a place. Signals 32 and 33 are libc's: no program has
 * them blocked. */
static inline int mt_signals_are_held(uint64_t mask)
{
    const uint64_t never = MT_SIGNAL_BIT(SIGKILL) | MT_SIGNAL_BIT(SIGSTOP);
    return (mask | never) == MT_SIGNALS_HELD;
}

#endif
