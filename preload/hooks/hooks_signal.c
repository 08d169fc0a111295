/* hooks_signal.c: the functions that set or tell a signal's disposition. Of SIGURG and SIGBUS, and
 * with option guard of SIGSEGV, they tell what the program has set, where the kernel has the
 * tracer's handler; and where the program sets SIGURG to its default, or one of the others, the
 * tracer stands by again. All else is passed on untouched. A program that asks the kernel itself
 * finds the truth, and what it sets so, holds. */
#include "hooks.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include "taken.h"
#include "urgent.h"

static int refuse(void)
{
    errno = ENOSYS;
    return -1;
}

static int is_taken(int number)
{
    return number == SIGURG || mt_taken_is(number);
}

static void stand_by(int number)
{
    const int errno_before = errno;
    if (number == SIGURG)
        mt_urgent_stand_by();
    else
        mt_taken_stand_by(number);
    errno = errno_before;
}

static void give_back(int number)
{
    if (number == SIGURG)
        mt_urgent_give_back();
    else
        mt_taken_give_back(number);
}

/* What the program has set, where the handler is the tracer's; else NULL. */
static const struct mt_disposition *behind(int number, const void *handler)
{
    return number == SIGURG ? mt_urgent_behind(handler) : mt_taken_behind(number, handler);
}

/* As libc fills it in: of the mask, the kernel's part. */
static void tell(int number, struct sigaction *ret_action)
{
    const struct mt_disposition *theirs = behind(number, (void *)ret_action->sa_handler);
    if (!theirs)
        return;
    ret_action->sa_handler = (mt_signal_handler)theirs->handler;
    ret_action->sa_flags = (int)theirs->flags;
    ret_action->sa_restorer = (void (*)(void))theirs->restorer;
    memcpy(&ret_action->sa_mask, &theirs->mask, sizeof theirs->mask);
}

#define SIGACTION(name)                                                                            \
    MT_EXPORT int name(int number, const struct sigaction *action, struct sigaction *ret_before);  \
    MT_EXPORT int name(int number, const struct sigaction *action, struct sigaction *ret_before)   \
    {                                                                                              \
        if (!mt_hooks_ready() || !mt_real.name)                                                    \
            return refuse();                                                                       \
        const int result = mt_real.name(number, action, ret_before);                               \
        if (!is_taken(number) || result != 0)                                                      \
            return result;                                                                         \
        if (ret_before)                                                                            \
            tell(number, ret_before);                                                              \
        if (action)                                                                                \
            stand_by(number);                                                                      \
        return result;                                                                             \
    }
SIGACTION(sigaction)
SIGACTION(__sigaction)

#define SIGNAL(name)                                                                               \
    MT_EXPORT mt_signal_handler name(int number, mt_signal_handler handler);                       \
    MT_EXPORT mt_signal_handler name(int number, mt_signal_handler handler)                        \
    {                                                                                              \
        if (!mt_hooks_ready() || !mt_real.name)                                                    \
            return refuse(), SIG_ERR;                                                              \
        const mt_signal_handler before = mt_real.name(number, handler);                            \
        if (!is_taken(number) || before == SIG_ERR)                                                \
            return before;                                                                         \
        const struct mt_disposition *theirs = behind(number, (void *)before);                      \
        const mt_signal_handler told = theirs ? (mt_signal_handler)theirs->handler : before;       \
        stand_by(number);                                                                          \
        return told;                                                                               \
    }
SIGNAL(signal)
SIGNAL(bsd_signal)
SIGNAL(ssignal)
SIGNAL(sysv_signal)
SIGNAL(__sysv_signal)
SIGNAL(sigset)

/* It changes a flag of what is installed, which must not be ours. */
MT_EXPORT int siginterrupt(int number, int flag)
{
    if (!mt_hooks_ready() || !mt_real.siginterrupt)
        return refuse();
    if (!is_taken(number) || !mt_process_own_header())
        return mt_real.siginterrupt(number, flag);
    give_back(number);
    const int result = mt_real.siginterrupt(number, flag);
    stand_by(number);
    return result;
}
