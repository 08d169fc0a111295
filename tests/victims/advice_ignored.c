/* advice_ignored.c: where the kernel takes every advice about memory and does nothing, as qemu-user
 * does, no memory is wiped by a fork: children would go on in their parent's trace. Nothing is
 * traced there, and one line says so. A filter makes this kernel such a one, for the image that
 * begins under it.
 *
 * EXPECT any
 * EXPECT process.end=exec
 * EXPECT children=0
 * EXPECT stderr any
 * RUN valgrind=no
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "victim.h"

static int work(void)
{
    const pid_t pid = fork();
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
    if (pid == 0)
        return 0;
    int status = -1;
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
    say("done\n");
    return 0;
}

int main(int count, char **words)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 1),
        BPF_STMT(BPF_RET, SECCOMP_RET_ERRNO | 0),
        BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
    if (count > 1)
        return work();
    KEEP(malloc(37));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        say("no filters here\n");
    execl("/proc/self/exe", words[0], "again", (char *)NULL);
    return 1;
}
