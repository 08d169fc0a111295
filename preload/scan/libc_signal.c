/* libc_signal.c: the handler of libc's own signal while it is borrowed; see libc_signal.h. Like
 * urgent.c's it is SA_ONSTACK, for the thread may run on a fiber that has no room for it. */
#include "libc_signal.h"

#include <signal.h>
#include "arch.h"
#include "sys.h"
#include "threads_park.h"
#include "urgent.h"

static struct mt_disposition libcs;

static void handler(int number, siginfo_t *info, void *context)
{
    const int is_theirs = !mt_threads_arrive(info, context);
    if (is_theirs && libcs.handler != (void *)SIG_DFL && libcs.handler != (void *)SIG_IGN)
        ((void (*)(int, siginfo_t *, void *))libcs.handler)(number, info, context);
}

int mt_libc_signal_take(void)
{
    const struct mt_disposition to = mt_urgent_disposition((void *)handler);
    struct mt_disposition before;
    if (mt_sys(SYS_rt_sigaction, MT_LIBC_SIGNAL, &to, &before, sizeof to.mask) != 0)
        return 0;
    if (before.handler != to.handler)
        libcs = before;
    return 1;
}
