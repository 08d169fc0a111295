/* clone_refused.c: a sandbox in which no process can be made: no copy to scan. What is said then is
 * right or is not said.
 *
 * EXPECT or unclassified
 * EXPECT definite under=lost blocks=1 bytes=101
 * EXPECT reachable under=kept blocks=1 bytes=103
 * DIFFERS lsan *: nothing: it needs a process of its own
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "case.h"

OBJECT(lost)
OBJECT(kept)

void *held;

#define REFUSE(name)                                                                               \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                                         \
        BPF_STMT(BPF_RET, SECCOMP_RET_ERRNO | EAGAIN)

STEP void forbid_processes(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSE(clone),
        REFUSE(clone3),
        REFUSE(fork),
        REFUSE(vfork),
        BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(void)
{
    lost(101);
    held = kept(103);
    forbid_processes();
    forget();
    return 0;
}
