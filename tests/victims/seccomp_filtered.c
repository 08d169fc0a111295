/* seccomp_filtered.c: a sandbox in which files can neither be opened nor grown, and what malloc
 * needs is allowed: everything else gives EPERM.
 *
 * EXPECT any
 * EXPECT totals.unfreed_blocks>=23
 * EXPECT trace.lost_blocks=any trace.lost_stacks=any
 * RUN valgrind=no
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "victim.h"

#define ALLOW(name)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)

int main(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(brk), ALLOW(mmap), ALLOW(munmap), ALLOW(write), ALLOW(exit_group), ALLOW(exit),
        BPF_STMT(BPF_RET, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        say("no filters here\n");
        return 0;
    }
    for (int i = 0; i < 300007; i++)
        KEEP(malloc(37));
    say("alive\n");
    return 0;
}
