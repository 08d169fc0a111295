/* fault.c: takes SIGSEGV; where the address is a guarded page says what was done (findings.h), and
 * in any case lets the program have what it would have had.
 *
 * Ours is installed with the flags and the mask of the program's own handler, so the kernel brings
 * about what that asked for: on which stack it runs, what is blocked, what is restarted. It is
 * called with what we were given, from a frame that holds nothing, and may leave by siglongjmp. The
 * default is restored and the instruction made again: the kernel then kills the process, with a
 * core that shows the fault. */
#include "fault.h"

#include <stddef.h>
#include <ucontext.h>
#include "arch.h"
#include "findings.h"
#include "guard.h"
#include "memory.h"
#include "process.h"
#include "sandbox.h"
#include "serial.h"
#include "sys.h"

enum { SIGSET_BYTES = 8, SA_RESTORER_ = 0x04000000 };

static struct mt_disposition theirs; /* the program's, while the kernel has ours */
static int is_wanted;

static int exchange(const struct mt_disposition *to, struct mt_disposition *ret_before)
{
    return mt_sys(SYS_rt_sigaction, SIGSEGV, to, ret_before, SIGSET_BYTES) == 0;
}

/* ---- what happens then ---- */

/* Was sent, and not caused by an instruction that would do it again. */
static int is_sent(const siginfo_t *info)
{
    return info->si_code <= 0;
}

/* The kernel's default, for the same signal once more. */
static void die(int number, siginfo_t *info)
{
    static const struct mt_disposition by_default;
    exchange(&by_default, NULL);
    if (is_sent(info))
        mt_sys(SYS_rt_tgsigqueueinfo, mt_sys(SYS_getpid), mt_sys(SYS_gettid), number, info);
}

static void hand_on(int number, siginfo_t *info, void *context)
{
    const struct mt_disposition to = theirs;
    if (to.handler == (void *)SIG_DFL) {
        die(number, info);
        return;
    }
    if (to.flags & SA_RESETHAND)
        mt_fault_stand_by(); /* in front of the default, which the kernel has set */
    ((void (*)(int, siginfo_t *, void *))to.handler)(number, info, context);
}

static void handler(int number, siginfo_t *info, void *context)
{
    const uintptr_t address = (uintptr_t)info->si_addr;
    const int is_guarded =
        !is_sent(info) && address - mt_guard_region.start < mt_guard_region.bytes;
    /* The tracer walks a stack that lies in a block, and has come to its end. */
    if (is_guarded && mt_memory_is_own(mt_arch_saved_pc(context))) {
        mt_guard_open(address);
        return;
    }
    if (is_guarded && !mt_sandbox_is_on())
        mt_finding_of_access(address, context);
    hand_on(number, info, context);
}

/* ---- whose it is ---- */

/* A vfork child, which sets up its signals for the program it becomes. */
static int is_others(void)
{
    return mt_process && mt_process->header && !mt_process_own_header();
}

void mt_fault_stand_by(void)
{
    struct mt_disposition now;
    if (!is_wanted || mt_sandbox_is_on() || is_others() || !exchange(NULL, &now) ||
        now.handler == (void *)handler || now.handler == (void *)SIG_IGN)
        return;
    const int is_default = now.handler == (void *)SIG_DFL;
    const struct mt_disposition ours = {
        .handler = (void *)handler,
        .flags = (is_default ? SA_ONSTACK : now.flags) | SA_SIGINFO | SA_RESTORER_,
        .restorer = (void *)mt_arch_signal_return,
        .mask = is_default ? 0 : now.mask,
    };
    theirs = now; /* sooner than the first signal */
    exchange(&ours, NULL);
}

void mt_fault_start(void)
{
    is_wanted = 1;
}

void mt_fault_give_back(void)
{
    struct mt_disposition now;
    if (is_wanted && !is_others() && exchange(NULL, &now) && now.handler == (void *)handler)
        exchange(&theirs, NULL);
}

const struct mt_disposition *mt_fault_behind(const void *other)
{
    return other == (const void *)handler ? &theirs : NULL;
}
