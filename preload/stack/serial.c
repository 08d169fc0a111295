/* serial.c: takes work and does it alone. See serial.h for why nobody waits long or for ever. */
#include "serial.h"

#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include "arch.h"
#include "signals.h"
#include "sys.h"

enum { PRIVATE_STACK_BYTES = 64 * 1024 };

enum { FREE = 0, HELD = 1, WAITED_FOR = 2 };

static int lock; /* one of these; atomic */
static char private_stack[PRIVATE_STACK_BYTES] __attribute__((aligned(64)));

static int take_lock(void)
{
    int found = FREE;
    /* Acquire: what the last holder wrote is seen. */
    return __atomic_compare_exchange_n(&lock, &found, HELD, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Sleeps where the lock is held: a real-time thread that yielded for ever would keep the holder,
 * of a lower priority, off their processor. Whoever has slept leaves WAITED_FOR behind, for others
 * may sleep still. */
static void wait_for_lock(void)
{
    if (take_lock())
        return;
    while (__atomic_exchange_n(&lock, WAITED_FOR, __ATOMIC_ACQUIRE) != FREE)
        mt_sys(SYS_futex, &lock, FUTEX_WAIT_PRIVATE, WAITED_FOR, NULL);
}

static void run_locked(void (*work)(void *), void *argument)
{
    mt_arch_call_on(private_stack + PRIVATE_STACK_BYTES, work, argument);
    /* Release: pairs with the acquires above. */
    if (__atomic_exchange_n(&lock, FREE, __ATOMIC_RELEASE) == WAITED_FOR)
        mt_sys(SYS_futex, &lock, FUTEX_WAKE_PRIVATE, 1);
}

void mt_serial_run(void (*work)(void *), void *argument)
{
    uint64_t signals;
    const int is_held = mt_signals_hold(&signals);
    wait_for_lock();
    run_locked(work, argument);
    if (is_held)
        mt_signals_release(signals);
}

int mt_serial_try(void (*work)(void *), void *argument)
{
    uint64_t signals;
    const int is_held = mt_signals_hold(&signals), taken = take_lock();
    if (taken)
        run_locked(work, argument);
    if (is_held)
        mt_signals_release(signals);
    return taken;
}

int mt_serial_restart(void)
{
    return __atomic_exchange_n(&lock, FREE, __ATOMIC_ACQ_REL) != FREE;
}
