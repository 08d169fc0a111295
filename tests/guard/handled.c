/* The program has a handler of its own, which runs where it was to run and finds what it would have
 * found.
 *
 * GUARD kind=out-of-bounds access=write in=put allocated=main bytes=64 offset=64
 * LEFT kind=overrun in=main allocated=main bytes=64 offset=64
 * CANARY kind=overrun in=main allocated=main bytes=64 offset=64
 * ENDS 3
 */
#include "../misuse/case.h"
#include <signal.h>
#include <unistd.h>

static char *block, stack[64 * 1024];

static void handle(int number, siginfo_t *info, void *context)
{
    char *here = (char *)&info;
    sigset_t blocked;
    (void)context;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    _exit(number == SIGSEGV && info->si_addr == block + 64 && info->si_code == SEGV_ACCERR &&
                  here >= stack && here < stack + sizeof stack && sigismember(&blocked, SIGSEGV) &&
                  sigismember(&blocked, SIGUSR2) && !sigismember(&blocked, SIGUSR1)
              ? 3
              : 4);
}

static FRAME void put(int at)
{
    ((volatile char *)block)[at] = 1;
}

int main(int argc, char **argv)
{
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaddset(&action.sa_mask, SIGUSR2);
    if (sigaltstack(&own, NULL) != 0 || sigaction(SIGSEGV, &action, NULL) != 0)
        return 1;
    block = malloc(64);
    HIDE(block);
    put(is_wrong(argc, argv) ? 64 : 63);
    free(block);
    return 0;
}
