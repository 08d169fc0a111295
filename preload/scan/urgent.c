/* urgent.c: the disposition of SIGURG, and what becomes of one that arrives: it lets this thread
 * stand still (threads_park.c), has the process look at itself (look.c), or is the program's.
 *
 * The handler is SA_ONSTACK: the thread may run on a fiber that has no room for it. It needs little
 * of any stack: the look goes to another. Where the kernel has put the registers, which are roots,
 * the handler's context says.
 * It is SA_RESTART: read, wait or a lock go on as if nothing had been; poll, pause and others that
 * would return when it has run are seen to by restart.c. What the program sets
 * itself is installed as it is: its handler has its stack, its mask and its interruptions, and only
 * an idle process does not hear any more that it is asked. */
#include "urgent.h"

#include <stddef.h>
#include <ucontext.h>
#include "arch.h"
#include "look.h"
#include "options.h"
#include "restart.h"
#include "sandbox.h"
#include "signals.h"
#include "sys.h"
#include "threads_park.h"

enum { SIGSET_BYTES = 8, SA_RESTORER_ = 0x04000000 };

static struct mt_disposition theirs; /* the program's, while the kernel has ours */

/* A signal that was not ours goes to the program's handler, with the mask that it asked for, and on
 * the stack for signals where the thread has one. 0 where it has none. */
static int hand_on(int number, siginfo_t *info, ucontext_t *context)
{
    const struct mt_disposition to = theirs;
    if (to.handler == (void *)SIG_DFL || to.handler == (void *)SIG_IGN)
        return 0;
    if (to.flags & SA_RESETHAND)
        theirs.handler = (void *)SIG_DFL;
    uint64_t mask = to.mask;
    for (unsigned i = 0; i < SIGSET_BYTES; i++)
        ((uint8_t *)&mask)[i] |= ((const uint8_t *)&context->uc_sigmask)[i];
    if (!(to.flags & SA_NODEFER))
        mask |= UINT64_C(1) << (number - 1);
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, SIGSET_BYTES);
    ((void (*)(int, siginfo_t *, void *))to.handler)(number, info, context);
    mt_signals_hold(&mask);
    return 1;
}

/* Returns whether it was sent for that. */
static int answer(const siginfo_t *info, const void *context)
{
    if (!mt_process_own_header() || !mt_look_is_due())
        return 0;
    mt_look_on_demand(context);
    return info->si_code == SI_USER;
}

static void handler(int number, siginfo_t *info, void *context)
{
    if (mt_threads_arrive(info, context))
        return;
    if (!answer(info, context) && hand_on(number, info, context))
        return;
    mt_restart(context, NULL); /* what the program ignores does not interrupt it */
}

/* ---- whose it is ---- */

static int exchange(const struct mt_disposition *to, struct mt_disposition *ret_before)
{
    return mt_sys(SYS_rt_sigaction, SIGURG, to, ret_before, SIGSET_BYTES) == 0;
}

struct mt_disposition mt_urgent_disposition(void *to)
{
    return (struct mt_disposition){to, SA_SIGINFO | SA_RESTART | SA_ONSTACK | SA_RESTORER_,
                                   (void *)mt_arch_signal_return, MT_SIGNALS_HELD};
}

int mt_urgent_take(void)
{
    const struct mt_disposition to = mt_urgent_disposition((void *)handler);
    struct mt_disposition before;
    if (!exchange(&to, &before))
        return 0;
    if (before.handler != to.handler)
        theirs = before;
    return 1;
}

void mt_urgent_stand_by(void)
{
    const struct mt_disposition to = mt_urgent_disposition((void *)handler);
    struct mt_disposition before;
    if (!mt_options.scan_at_exit || mt_sandbox_is_on() || !mt_process_own_header() ||
        !exchange(NULL, &before) || before.handler != (void *)SIG_DFL)
        return;
    theirs = before; /* sooner than the first signal */
    if (exchange(&to, &before) && before.handler != (void *)SIG_DFL && before.handler != to.handler)
        exchange(&before, NULL); /* another thread has just set it */
}

void mt_urgent_give_back(void)
{
    struct mt_disposition now;
    if (exchange(NULL, &now) && mt_urgent_behind(now.handler))
        exchange(&theirs, NULL);
}

const struct mt_disposition *mt_urgent_behind(const void *other)
{
    return other == (const void *)handler ? &theirs : NULL;
}
