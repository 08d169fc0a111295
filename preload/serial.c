/* serial.c: takes work and does it alone. See serial.h for why nobody waits long or for ever. */
#include "serial.h"

#include <signal.h>
#include <stdint.h>
#include "arch.h"
#include "sys.h"

enum { PRIVATE_STACK_BYTES = 64 * 1024, KERNEL_SIGSET_BYTES = 8 };

static int lock; /* 0 free, 1 held; atomic */
static char private_stack[PRIVATE_STACK_BYTES] __attribute__((aligned(64)));

static int take_lock(void)
{
    /* Acquire: what the last holder wrote is seen. */
    return !__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE);
}

static void run_locked(void (*work)(void *), void *argument)
{
    mt_arch_call_on(private_stack + PRIVATE_STACK_BYTES, work, argument);
    /* Release: pairs with the acquire above. */
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static uint64_t block_signals(void)
{
    const uint64_t all = UINT64_MAX;
    uint64_t before = 0;
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, KERNEL_SIGSET_BYTES);
    return before;
}

static void restore_signals(uint64_t before)
{
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, KERNEL_SIGSET_BYTES);
}

void mt_serial_run(void (*work)(void *), void *argument)
{
    const uint64_t signals = block_signals();
    while (!take_lock())
        mt_sys(SYS_sched_yield);
    run_locked(work, argument);
    restore_signals(signals);
}

int mt_serial_try(void (*work)(void *), void *argument)
{
    const uint64_t signals = block_signals();
    const int taken = take_lock();
    if (taken)
        run_locked(work, argument);
    restore_signals(signals);
    return taken;
}

int mt_serial_restart(void)
{
    return __atomic_exchange_n(&lock, 0, __ATOMIC_ACQ_REL);
}
