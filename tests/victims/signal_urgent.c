/* signal_urgent.c: SIGURG, which the tracer takes for itself, is as the program left it: by all
 * functions that tell or set what is done with it, and by what its handler meets. stdout says it,
 * with and without the preload.
 *
 * EXPECT clean
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include "victim.h"

__sighandler_t bsd_signal(int number, __sighandler_t handler);
__sighandler_t __sysv_signal(int number, __sighandler_t handler);
int __sigaction(int number, const struct sigaction *action, struct sigaction *ret_before);

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* sigset, siginterrupt */

static char own_stack[65536];
static int value;

static void first(int number)
{
    (void)number;
}

static void second(int number, siginfo_t *info, void *context)
{
    (void)context;
    sigset_t blocked;
    const char *here = (const char *)&blocked;
    MUST(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0);
    say("handler: %d, code %d, value %d, blocked:%s%s, stack: %s\n", number, info->si_code,
        info->si_code == SI_QUEUE ? info->si_value.sival_int : 0,
        sigismember(&blocked, SIGURG) ? " SIGURG" : "",
        sigismember(&blocked, SIGUSR1) ? " SIGUSR1" : "",
        here >= own_stack && here < own_stack + sizeof own_stack ? "its own" : "the thread's");
}

static const char *name(void *handler)
{
    return handler == (void *)SIG_DFL   ? "default"
           : handler == (void *)SIG_IGN ? "ignore"
           : handler == (void *)first   ? "first"
           : handler == (void *)second  ? "second"
                                        : "not ours";
}

static void show(const char *when, const struct sigaction *action)
{
    const uint64_t *mask = (const uint64_t *)&action->sa_mask;
    say("%s: %s, flags %x, mask %lx\n", when, name((void *)action->sa_handler), action->sa_flags,
        (unsigned long)*mask);
}

static void ask(const char *when)
{
    struct sigaction action;
    errno = 77;
    MUST(sigaction(SIGURG, NULL, &action) == 0 && errno == 77);
    show(when, &action);
    MUST(__sigaction(SIGURG, NULL, &action) == 0);
    show(when, &action);
}

static void set(void *handler, int flags)
{
    struct sigaction action = {.sa_flags = flags}, before;
    action.sa_handler = (__sighandler_t)handler;
    sigaddset(&action.sa_mask, SIGUSR1);
    MUST(sigaction(SIGURG, &action, &before) == 0);
    show("before", &before);
    ask("after");
    MUST(sigqueue(getpid(), SIGURG, (union sigval){.sival_int = ++value}) == 0);
    ask("after a signal");
}

FRAME void handlers(void)
{
    const int flags[] = {SA_SIGINFO, SA_SIGINFO | SA_NODEFER, SA_SIGINFO | SA_RESETHAND,
                         SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        set((void *)second, flags[i]);
        set((void *)SIG_DFL, flags[i]);
        set((void *)SIG_IGN, 0);
        set((void *)SIG_DFL, 0);
        set((void *)SIG_DFL, SA_RESTART);
    }
}

FRAME void older_functions(void)
{
    __sighandler_t (*const functions[])(int, __sighandler_t) = {
        signal, bsd_signal, sysv_signal, __sysv_signal, ssignal, sigset};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const __sighandler_t handlers[] = {first, SIG_IGN, SIG_DFL, SIG_DFL, first, SIG_DFL};
        for (size_t j = 0; j < sizeof handlers / sizeof *handlers; j++) {
            say("%zu: before: %s\n", i, name((void *)functions[i](SIGURG, handlers[j])));
            ask("after");
        }
    }
    say("hold: %s\n", sigset(SIGURG, SIG_HOLD) == SIG_DFL ? "default" : "other");
    MUST(sigrelse(SIGURG) == 0 && sigignore(SIGURG) == 0);
    ask("ignored");
    signal(SIGURG, SIG_DFL);
    for (int flag = 1; flag >= 0; flag--) {
        MUST(siginterrupt(SIGURG, flag) == 0);
        ask("siginterrupt");
        signal(SIGURG, first);
        ask("siginterrupt");
        signal(SIGURG, SIG_DFL);
    }
    errno = 0;
    say("no signal: %d", sigaction(1234, NULL, NULL));
    say(" %d\n", errno);
}

/* Until the process waits in a system call. */
FRAME void await_sleep(pid_t pid)
{
    char path[32], text[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (int i = 0; i < 5000; i++) {
        const int fd = open(path, O_RDONLY);
        const ssize_t got = read(fd, text, sizeof text - 1);
        close(fd);
        text[got > 0 ? got : 0] = '\0';
        if (strstr(text, ") S"))
            return;
        usleep(1000);
    }
}

/* How a read ends while a child sends SIGURG, and then what it waits for. */
FRAME void interrupt(const char *when)
{
    int ends[2];
    char byte;
    MUST(pipe(ends) == 0);
    const pid_t parent = getpid(), child = fork();
    if (child == 0) {
        await_sleep(parent);
        kill(parent, SIGURG);
        usleep(100000);
        MUST(write(ends[1], "x", 1) == 1);
        _exit(0);
    }
    const ssize_t got = read(ends[0], &byte, 1);
    say("%s: read %zd%s\n", when, got, got < 0 && errno == EINTR ? ", interrupted" : "");
    MUST(waitpid(child, NULL, 0) == child);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const stack_t stack = {.ss_sp = own_stack, .ss_size = sizeof own_stack};
    make_and_free(37);
    MUST(sigaltstack(&stack, NULL) == 0);
    ask("at first");
    interrupt("default");
    handlers();
    older_functions();
    interrupt("default");
    set((void *)first, SA_RESTART);
    interrupt("restarts");
    set((void *)first, 0);
    interrupt("does not");
    /* What a vfork child sets is its own. */
    const pid_t child = vfork();
    if (child == 0) {
        signal(SIGURG, SIG_DFL);
        _exit(0);
    }
    MUST(waitpid(child, NULL, 0) == child);
    ask("after vfork");
    return 0;
}
