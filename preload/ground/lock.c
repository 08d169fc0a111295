/* lock.c: a futex with three states (Drepper, "Futexes Are Tricky"), and signals blocked while it
 * is held. Waiting is cut into short sleeps, each of which must pass: a process that was stopped
 * for an hour comes back to a holder that goes on, not to a lock given up. */
#include "lock.h"

#include <linux/futex.h>
#include <signal.h>
#include <time.h>
#include "sys.h"

enum {
    SIGSET_BYTES = 8,
    WAIT_NS = 10 * 1000 * 1000,
    WAITS = 100,
};

static int wait_for(struct mt_lock *lock)
{
    const struct timespec pause = {0, WAIT_NS};
    for (int i = 0; i < WAITS; i++) {
        if (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE) == 0)
            return 1;
        mt_sys(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, 2, &pause);
        if (__atomic_load_n(&lock->lost, __ATOMIC_RELAXED))
            return 0;
    }
    return 0;
}

int mt_lock_take(struct mt_lock *lock, uint64_t *ret_signals)
{
    const uint64_t all = UINT64_MAX;
    uint32_t free = 0;
    *ret_signals = 0;
    if (__atomic_load_n(&lock->lost, __ATOMIC_RELAXED))
        return 0;
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, ret_signals, SIGSET_BYTES);
    /* Acquire: what the last holder wrote is seen. */
    if (__atomic_compare_exchange_n(&lock->word, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED) ||
        wait_for(lock))
        return 1;
    __atomic_store_n(&lock->lost, 1, __ATOMIC_RELAXED);
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, ret_signals, 0, SIGSET_BYTES);
    return 0;
}

void mt_lock_release(struct mt_lock *lock, uint64_t signals)
{
    /* Release: pairs with the acquire above. */
    if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
        mt_sys(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1);
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, &signals, 0, SIGSET_BYTES);
}
