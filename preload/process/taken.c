/* taken.c: takes SIGBUS and SIGSEGV, asks whose affair it is, and in any case lets the program have
 * what it would have had.
 *
 * Ours is installed with the flags and the mask of the program's own handler, so the kernel brings
 * about what that asked for: on which stack it runs, what is blocked, what is restarted. It is
 * called with what we were given, from a frame that holds nothing, and may leave by siglongjmp. The
 * default is restored and the instruction made again: the kernel then kills the process, with a
 * core that shows the fault.
 *
 * A SIGBUS that is sent, and finds the tracer where it must not be interrupted (signals.h), is sent
 * once more with the signal blocked: it arrives when the tracer's own mask ends. */
#include "taken.h"

#include <stddef.h>
#include <ucontext.h>
#include "arch.h"
#include "process.h"
#include "sandbox.h"
#include "signals.h"
#include "sys.h"

enum { SA_RESTORER_ = 0x04000000 };

static struct taken {
    int number;
    mt_taken_look *look;          /* NULL: it is not taken */
    struct mt_disposition theirs; /* the program's, while the kernel has ours */
} signals[] = {{.number = SIGBUS}, {.number = SIGSEGV}};

static struct taken *taken_of(int number)
{
    return number == SIGBUS ? &signals[0] : number == SIGSEGV ? &signals[1] : NULL;
}

static int exchange(const struct taken *taken, const struct mt_disposition *to,
                    struct mt_disposition *ret_before)
{
    return mt_sys(SYS_rt_sigaction, taken->number, to, ret_before, MT_SIGSET_BYTES) == 0;
}

/* ---- what happens then ---- */

/* Was sent, and not caused by an instruction that would do it again. */
static int is_sent(const siginfo_t *info)
{
    return info->si_code <= 0;
}

static void send_again(int number, siginfo_t *info)
{
    const long process = mt_sys(SYS_getpid), thread = mt_sys(SYS_gettid);
    mt_sys(SYS_rt_tgsigqueueinfo, process, thread, number, info);
}

static uint64_t *mask_of(ucontext_t *context)
{
    return (uint64_t *)&context->uc_sigmask;
}

/* Blocked here first, for the program's handler may have asked not to have it blocked. */
static void postpone(int number, siginfo_t *info, ucontext_t *context)
{
    const uint64_t only = MT_SIGNAL_BIT(number);
    mt_sys(SYS_rt_sigprocmask, SIG_BLOCK, &only, NULL, MT_SIGSET_BYTES);
    *mask_of(context) |= only;
    send_again(number, info);
}

/* The kernel's default, for the same signal once more. */
static void die(const struct taken *taken, siginfo_t *info)
{
    static const struct mt_disposition by_default;
    exchange(taken, &by_default, NULL);
    if (is_sent(info))
        send_again(taken->number, info);
}

static void hand_on(const struct taken *taken, siginfo_t *info, void *context)
{
    const struct mt_disposition to = taken->theirs;
    if (to.handler == (void *)SIG_DFL) {
        die(taken, info);
        return;
    }
    if (to.flags & SA_RESETHAND)
        mt_taken_stand_by(taken->number); /* in front of the default, which the kernel has set */
    ((void (*)(int, siginfo_t *, void *))to.handler)(taken->number, info, context);
}

static void handler(int number, siginfo_t *info, void *context)
{
    const struct taken *taken = taken_of(number);
    if (!is_sent(info) && taken->look(info, context))
        return;
    if (is_sent(info) && mt_signals_are_held(*mask_of(context))) {
        postpone(number, info, context);
        return;
    }
    hand_on(taken, info, context);
}

/* ---- whose it is ---- */

/* A vfork child, which sets up its signals for the program it becomes. */
static int is_others(void)
{
    return mt_process && mt_process->header && !mt_process_own_header();
}

void mt_taken_start(int number, mt_taken_look *look)
{
    taken_of(number)->look = look;
}

void mt_taken_stand_by(int number)
{
    struct taken *taken = taken_of(number);
    struct mt_disposition now;
    if (!taken->look || mt_sandbox_is_on() || is_others() || !exchange(taken, NULL, &now) ||
        now.handler == (void *)handler || now.handler == (void *)SIG_IGN)
        return;
    const int is_default = now.handler == (void *)SIG_DFL;
    const struct mt_disposition ours = {
        .handler = (void *)handler,
        .flags = (is_default ? SA_ONSTACK : now.flags) | SA_SIGINFO | SA_RESTORER_,
        .restorer = (void *)mt_arch_signal_return,
        .mask = is_default ? 0 : now.mask,
    };
    taken->theirs = now; /* sooner than the first signal */
    exchange(taken, &ours, NULL);
}

void mt_taken_stand_by_all(void)
{
    mt_taken_stand_by(SIGBUS);
    mt_taken_stand_by(SIGSEGV);
}

void mt_taken_give_back(int number)
{
    const struct taken *taken = taken_of(number);
    struct mt_disposition now;
    if (taken->look && !is_others() && exchange(taken, NULL, &now) &&
        now.handler == (void *)handler)
        exchange(taken, &taken->theirs, NULL);
}

void mt_taken_give_back_all(void)
{
    mt_taken_give_back(SIGBUS);
    mt_taken_give_back(SIGSEGV);
}

int mt_taken_is(int number)
{
    return taken_of(number) != NULL;
}

const struct mt_disposition *mt_taken_behind(int number, const void *other)
{
    const struct taken *taken = taken_of(number);
    return taken && other == (const void *)handler ? &taken->theirs : NULL;
}
