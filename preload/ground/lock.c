/* lock.c: a futex that names its holder, and signals blocked while it is held. However long a
 * holder takes, it goes on some time: among two hundred threads of a busy machine its turn comes
 * after seconds, in a process that was stopped after hours. So whoever waits asks now and then
 * whether the kernel still knows the holder, and gives up only where it does not. */
#include "lock.h"

#include <linux/futex.h>
#include <time.h>
#include "signals.h"
#include "sys.h"

enum {
    WAIT_MS = 10,
    WAITS_PER_QUESTION = 100,
};
#define WAITED_FOR (UINT32_C(1) << 31)

/* One sleep at most, while the lock is held. Returns who held it, 0 where it is ours now. */
static uint32_t wait_once(struct mt_lock *lock, uint32_t tid)
{
    const struct timespec pause = {0, WAIT_MS * 1000 * 1000};
    uint32_t found = 0;
    /* Acquire: what the last holder wrote is seen. Whoever has slept leaves WAITED_FOR behind, for
     * others may sleep still. */
    if (__atomic_compare_exchange_n(&lock->word, &found, tid | WAITED_FOR, 0, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
        return 0;
    if (found & WAITED_FOR || __atomic_compare_exchange_n(&lock->word, &found, found | WAITED_FOR,
                                                          0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        mt_sys(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, found | WAITED_FOR, &pause);
    return found ? found & ~WAITED_FOR : UINT32_MAX;
}

/* `waits` 0: as long as the holder is there. */
static int wait_for(struct mt_lock *lock, uint32_t tid, unsigned waits)
{
    for (unsigned i = 1; !__atomic_load_n(&lock->lost, __ATOMIC_RELAXED); i++) {
        const uint32_t holder = wait_once(lock, tid);
        if (!holder)
            return 1;
        if (i == waits)
            return 0;
        if (i % WAITS_PER_QUESTION == 0 && holder != UINT32_MAX && mt_sys_has_ended(holder) &&
            (__atomic_load_n(&lock->word, __ATOMIC_RELAXED) & ~WAITED_FOR) == holder)
            __atomic_store_n(&lock->lost, 1, __ATOMIC_RELAXED);
    }
    return 0;
}

static int take(struct mt_lock *lock, unsigned waits, uint64_t *ret_signals)
{
    uint32_t free = 0;
    if (__atomic_load_n(&lock->lost, __ATOMIC_RELAXED) || !mt_signals_hold(ret_signals))
        return 0;
    const uint32_t tid = (uint32_t)mt_sys(SYS_gettid);
    /* Acquire: as above. */
    if (__atomic_compare_exchange_n(&lock->word, &free, tid, 0, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED) ||
        wait_for(lock, tid, waits))
        return 1;
    mt_signals_release(*ret_signals);
    return 0;
}

int mt_lock_take(struct mt_lock *lock, uint64_t *ret_signals)
{
    return take(lock, 0, ret_signals);
}

int mt_lock_take_within(struct mt_lock *lock, unsigned ms, uint64_t *ret_signals)
{
    return take(lock, ms / WAIT_MS, ret_signals);
}

void mt_lock_release(struct mt_lock *lock, uint64_t signals)
{
    /* Release: pairs with the acquires above. */
    if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) & WAITED_FOR)
        mt_sys(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1);
    mt_signals_release(signals);
}
