/* sandboxed.c [sleep|probe|asked]: loses a block, puts itself under a seccomp filter that allows
 * all, and ends or sleeps for good. Says "ready PID". With probe it only asks twice whether the
 * kernel has filters, as Chromium does, by one that cannot be read. With asked it is ready before,
 * blocks SIGURG and waits for SIGUSR1; under the filter it allocates for a while, and says "done".
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *volatile block;

static void say_ready(void)
{
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
}

static void wait_deafly(void)
{
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGURG);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    sigdelset(&signals, SIGURG);
    say_ready();
    sigwait(&signals, &number);
}

static void allocate(void)
{
    for (int i = 0; i < 100; i++) {
        void *volatile some = malloc(100);
        free(some);
        usleep(1000);
    }
    puts("done");
    fflush(stdout);
}

int main(int count, char **words)
{
    struct sock_filter rules[] = {BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)};
    struct sock_fprog filter = {1, rules};
    block = malloc(100);
    block = NULL;
    if (count > 1 && strcmp(words[1], "probe") == 0)
        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == 0 ||
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == 0;
    const int is_asked = count > 1 && strcmp(words[1], "asked") == 0;
    if (is_asked)
        wait_deafly();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        return 77;
    if (is_asked)
        allocate();
    else
        say_ready();
    while (count > 1)
        pause();
    return 0;
}
