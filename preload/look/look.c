/* look.c: what a snapshot consists of, in order: the areas of the address space and the states of
 * their pages, and what the scan says of the objects. */
#include "look.h"

#include <time.h>
#include "arch.h"
#include "memory.h"
#include "options.h"
#include "residency.h"
#include "sandbox.h"
#include "scan.h"
#include "signals.h"
#include "snapshot.h"
#include "sys.h"

enum {
    STACK_BYTES = 128 * 1024,
    LOCK_WAITS = 100,
    LOCK_WAIT_NS = 10 * 1000 * 1000,
};

/* Who has the process look: its registers, and in a signal handler what that was given. */
struct asker {
    struct mt_registers registers;
    const void *context; /* NULL: no signal handler */
};

/* ---- one at a time ---- */

static int try_lock(void)
{
    return !__atomic_exchange_n(&mt_process->look_lock, 1, __ATOMIC_ACQUIRE);
}

static void unlock(void)
{
    __atomic_store_n(&mt_process->look_lock, 0, __ATOMIC_RELEASE);
}

/* Another thread is done in a moment, unless it has been stopped. */
static int wait_for_lock(void)
{
    const struct timespec pause = {0, LOCK_WAIT_NS};
    int is_locked;
    for (int i = 0; !(is_locked = try_lock()) && i < LOCK_WAITS; i++)
        mt_sys(SYS_nanosleep, &pause, NULL);
    return is_locked;
}

/* The child that scans on demand has ended, or is waited for. Returns 0 where it still works. */
static int end_last_look(int to_wait)
{
    struct mt_process *process = mt_process;
    if (!process->look_child)
        return 1;
    if (!mt_scan_finish((long)process->look_child, to_wait))
        return 0;
    process->look_child = 0;
    mt_snapshot_end();
    return 1;
}

/* ---- at exit ---- */

void mt_look_at_exit(void *registers)
{
    if (!wait_for_lock())
        return;
    end_last_look(1);
    const uint64_t number = mt_snapshot_begin(MT_CAUSE_EXIT);
    if (!number)
        return;
    mt_residency_say();
    if (mt_options.scan_at_exit)
        mt_scan_at_exit(number, registers);
    mt_snapshot_end(); /* still locked: nobody looks again */
}

/* ---- on demand ---- */

static void answer(void *argument)
{
    const struct asker *asker = argument;
    struct mt_process *process = mt_process;
    const uint64_t wanted = __atomic_load_n(&process->header->snapshots_wanted, __ATOMIC_RELAXED);
    if (!end_last_look(0) || wanted == process->looks_wanted)
        return;
    process->looks_wanted = wanted;
    const uint64_t number = mt_snapshot_begin(MT_CAUSE_REQUEST);
    if (!number)
        return;
    mt_residency_say();
    process->look_child = (uint32_t)mt_scan_on_demand(number, &asker->registers, asker->context);
    if (!process->look_child)
        mt_snapshot_end();
}

/* Runs `work` on a stack of the tracer's. 0 where there is no memory for one. */
static int run_aside(void (*work)(void *), struct asker *asker)
{
    static char *stack;
    uint64_t before;
    if (!stack)
        stack = mt_map_kept(STACK_BYTES);
    if (!stack)
        return 0;
    const int is_held = mt_signals_hold(&before);
    mt_arch_call_on(stack + STACK_BYTES, work, asker);
    if (is_held)
        mt_signals_release(before);
    return 1;
}

/* The program's stack counts from this frame up, where the registers are as well; in a signal
 * handler, as its context says. */
__attribute__((noinline)) void mt_look_on_demand(const void *context)
{
    struct asker asker = {.context = context};
    mt_arch_capture(&asker.registers);
    if (!mt_process_own_header() || mt_sandbox_is_on() || !try_lock())
        return;
    run_aside(answer, &asker);
    unlock();
}

/* ---- for the program ---- */

static uint64_t seen_by_program; /* number of its last snapshot that has verdicts; under the lock */

static void look_and_wait(void *argument)
{
    const struct asker *asker = argument;
    struct mt_process *process = mt_process;
    end_last_look(1);
    const uint64_t number = mt_snapshot_begin(MT_CAUSE_PROGRAM);
    if (!number)
        return;
    mt_residency_say();
    process->look_child = (uint32_t)mt_scan_on_demand(number, &asker->registers, asker->context);
    if (!process->look_child)
        mt_snapshot_end();
    else if (end_last_look(1) && mt_scan_gave_verdicts())
        seen_by_program = number;
}

__attribute__((noinline)) uint64_t mt_look_by_program(void)
{
    struct asker asker = {0};
    mt_arch_capture(&asker.registers);
    if (!mt_process_own_header() || mt_sandbox_is_on() || !wait_for_lock())
        return 0;
    seen_by_program = 0;
    run_aside(look_and_wait, &asker);
    const uint64_t seen = seen_by_program;
    unlock();
    return seen;
}
