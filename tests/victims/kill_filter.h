/* kill_filter.h: a sandbox of the strict sort: what malloc, waiting and the end need is allowed, and
 * whoever calls anything else, opens a file above all, is killed. */
#ifndef KILL_FILTER_H
#define KILL_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "victim.h"

#define ALLOW(name)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)

static struct sock_filter kill_rules[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    ALLOW(brk), ALLOW(mmap), ALLOW(munmap), ALLOW(mprotect), ALLOW(madvise), ALLOW(write),
    ALLOW(nanosleep), ALLOW(clock_nanosleep), ALLOW(getpid), ALLOW(rt_sigprocmask), ALLOW(futex),
    ALLOW(wait4), ALLOW(clone), ALLOW(set_robust_list), ALLOW(gettid), ALLOW(rseq), ALLOW(exit),
    ALLOW(exit_group), BPF_STMT(BPF_RET, SECCOMP_RET_KILL_PROCESS),
};
static struct sock_fprog kill_filter = {sizeof kill_rules / sizeof *kill_rules, kill_rules};

/* Long enough for two samples to be due. */
FRAME void allocate_for_a_while(int blocks)
{
    for (int i = 0; i < blocks; i++) {
        KEEP(malloc(37));
        usleep(1300 * 1000 / blocks);
    }
}

#endif
