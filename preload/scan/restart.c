/* restart.c: takes what a handler was given of the interrupted thread, and what is known of the
 * call that it slept in; where both are the same call, and it has ended by EINTR, it is made anew
 * when the handler returns. The program waits on, and has seen nothing.
 *
 * Only a call of which that is true to the letter: without a timeout, with one that is an instant,
 * or where the kernel has written what is left of it to where it read it from. A relative one would
 * begin anew. Timers that come late, up to twice as late, harm a program that does all as it
 * should; EINTR harms one that forgot it. So such a call ends, but where the delay is what a busy
 * machine gives as well (SHORT_MS).
 *
 * A signal of the program's must not be lost on the way, for it may wait in pause for just that. It
 * would be where that signal, too, has interrupted the call:
 *   while the thread stood still     it is pending: then the call ends, as it would have by itself.
 *   before the tracer's was sent     the thread did not sleep in the call; or, where that was not
 *                                    looked at, its handler has kept ours waiting, by its mask.
 *   at the instant between           of the look and the sending, or of the question what is
 * pending and the handler's return: as after a stop by SIGSTOP or a debugger, where the kernel
 * restarts these very calls and leaves the same instant. */
#include "restart.h"

#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <ucontext.h>
#include "arch.h"
#include "elf_lookup.h"
#include "libc_signal.h"
#include "oracle.h"
#include "serial.h"
#include "sys.h"
#include "urgent.h"

enum {
    SHORT_MS = 100,
    SIGSET_BYTES = 8,
    CALLERS_MOST = 4, /* two functions of libc's lie between who asks for a call and the call */
};

/* ---- calls ---- */

static int is_short(uint64_t timeout_ms)
{
    return (int32_t)timeout_ms <= SHORT_MS; /* less than 0: for ever */
}

static int goes_on_exactly(const struct mt_thread_call *call)
{
    const uint64_t *with = call->arguments;
    switch (call->number) {
#ifdef SYS_poll /* older calls, which newer machines do not have */
    case SYS_pause:
    case SYS_select:
        return 1;
    case SYS_poll:
        return is_short(with[2]);
    case SYS_epoll_wait:
        return is_short(with[3]);
#endif
    case SYS_rt_sigsuspend:
    case SYS_semop:
    case SYS_msgsnd:
    case SYS_msgrcv:
    case SYS_ppoll: /* says what is left */
    case SYS_pselect6:
        return 1;
    case SYS_epoll_pwait:
        return is_short(with[3]);
    case SYS_epoll_pwait2:
    case SYS_semtimedop:
        return !with[3];
    case SYS_io_getevents:
        return !with[4];
    case SYS_rt_sigtimedwait:
        return !with[2];
    case SYS_nanosleep:
        return with[0] == with[1];
    case SYS_clock_nanosleep:
        return with[1] & TIMER_ABSTIME || with[2] == with[3];
    case SYS_futex:
        return (with[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET; /* until an instant */
    }
    return 0;
}

/* ---- calls by libc ---- */

/* Each makes one such call, or has it made, and no other. */
static struct waiting {
    const char *name;
    long number;
    enum mt_arch_choice how;
    uint64_t start, end;
} functions[] = {
#ifdef SYS_poll
    {.name = "poll", .number = SYS_poll},
    {.name = "epoll_wait", .number = SYS_epoll_wait},
    {.name = "pause", .number = SYS_pause},
#endif
    {.name = "ppoll", .number = SYS_ppoll},
    {.name = "select", .number = SYS_pselect6},
    {.name = "pselect", .number = SYS_pselect6},
    {.name = "epoll_pwait", .number = SYS_epoll_pwait},
    {.name = "sigsuspend", .number = SYS_rt_sigsuspend},
    {.name = "sigtimedwait", .number = SYS_rt_sigtimedwait},
    {.name = "clock_nanosleep", .number = SYS_clock_nanosleep},
};

void mt_restart_start(void)
{
    for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++) {
        struct waiting *function = &functions[i];
        const struct mt_symbol found = mt_elf_find_after(mt_elf_self(), function->name);
        function->how = mt_arch_chooses_call(found.address, found.bytes, function->number);
        if (function->how == MT_CHOOSES_NO_CALL)
            continue; /* another libc makes it elsewhere, or by another call */
        function->start = (uintptr_t)found.address;
        function->end = function->start + found.bytes;
    }
}

/* The one whose code an address is in, among those that do it so. */
static const struct waiting *function_at(uint64_t address, enum mt_arch_choice how)
{
    for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++)
        if (functions[i].how == how &&
            address - functions[i].start < functions[i].end - functions[i].start)
            return &functions[i];
    return NULL;
}

struct callers {
    const void *context;
    struct mt_oracle_frame frames[CALLERS_MOST]; /* what was interrupted, who has called it, … */
    uint32_t count;
};

static void walk(void *argument)
{
    struct callers *callers = argument;
    struct mt_registers registers;
    enum mt_stack_end end;
    mt_arch_saved(callers->context, &registers);
    callers->count =
        mt_oracle_walk(&registers, mt_arch_saved_pc(callers->context),
                       mt_arch_saved_sp(callers->context), callers->frames, CALLERS_MOST, &end);
}

/* The function that has had the call made, within libc. */
static const struct waiting *caller_of(const void *context)
{
    struct callers callers = {.context = context};
    const struct waiting *found = NULL;
    if (!mt_serial_try(walk, &callers))
        return NULL;
    for (uint32_t i = 1; !found && i < callers.count; i++) {
        if (callers.frames[i].module != callers.frames[0].module)
            return NULL;
        found = function_at(callers.frames[i].pc - 1, MT_HANDS_CALL_ON);
    }
    return found;
}

/* What the kernel does not tell any more, where the call was made does. */
static int find_call(const void *context, struct mt_thread_call *ret_call)
{
    /* the instruction before it made the call */
    const struct waiting *found = function_at(mt_arch_saved_pc(context) - 1, MT_MAKES_CALL);
    if (!found && !(found = caller_of(context)))
        return 0;
    *ret_call = (struct mt_thread_call){.number = found->number};
    for (int i = 0; i < MT_CALL_ARGUMENTS; i++)
        ret_call->arguments[i] = mt_arch_saved_argument(context, i);
    return 1;
}

/* ---- signals of the program's ---- */

/* Whether a handler of the program's, or libc's, runs for it. */
static int is_handled(int number, struct mt_disposition *ret_disposition)
{
    if (mt_sys(SYS_rt_sigaction, number, NULL, ret_disposition, SIGSET_BYTES) != 0)
        return 0;
    const struct mt_disposition *theirs = mt_urgent_behind(ret_disposition->handler);
    if (theirs)
        *ret_disposition = *theirs;
    return ret_disposition->handler != (void *)SIG_DFL &&
           ret_disposition->handler != (void *)SIG_IGN;
}

static int is_interrupted_by_theirs(const ucontext_t *context)
{
    uint64_t pending = 0, blocked = 0;
    struct mt_disposition disposition;
    for (unsigned i = 0; i < SIGSET_BYTES; i++)
        ((uint8_t *)&blocked)[i] = ((const uint8_t *)&context->uc_sigmask)[i];
    mt_sys(SYS_rt_sigpending, &pending, SIGSET_BYTES);
    for (pending &= ~blocked; pending; pending &= pending - 1)
        if (is_handled(__builtin_ctzll(pending) + 1, &disposition))
            return 1;
    return 0;
}

/* Ours may then have waited for the end of one that has interrupted the call. */
static int is_kept_waiting(void)
{
    struct mt_disposition disposition;
    for (int number = 1; number <= 8 * SIGSET_BYTES; number++)
        if (number != SIGURG && number != MT_LIBC_SIGNAL && is_handled(number, &disposition) &&
            disposition.mask >> (SIGURG - 1) & 1)
            return 1;
    return 0;
}

/* ---- both ---- */

void mt_restart(void *context, const struct mt_thread_call *call)
{
    struct mt_thread_call found;
    if (!mt_arch_was_interrupted(context))
        return;
    if (call &&
        (call->number < 0 || call->sp != mt_arch_saved_sp(context) ||
         call->pc != mt_arch_saved_pc(context) || !mt_arch_was_given(context, call->arguments)))
        return;
    if (!call && (is_kept_waiting() || !find_call(context, &found)))
        return;
    call = call ? call : &found;
    if (goes_on_exactly(call) && !is_interrupted_by_theirs(context))
        mt_arch_call_again(context, call->number, call->arguments);
}
