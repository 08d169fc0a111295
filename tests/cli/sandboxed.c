/* sandboxed.c [sleep|probe]: loses a block, puts itself under a seccomp filter that allows all, and
 * ends or sleeps for good. Says "ready PID". With probe it only asks twice whether the kernel has
 * filters, as Chromium does, by one that cannot be read. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *volatile block;

int main(int count, char **words)
{
    struct sock_filter rules[] = {BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)};
    struct sock_fprog filter = {1, rules};
    block = malloc(100);
    block = NULL;
    if (count > 1 && strcmp(words[1], "probe") == 0)
        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == 0 ||
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        return 77;
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
    while (count > 1)
        pause();
    return 0;
}
