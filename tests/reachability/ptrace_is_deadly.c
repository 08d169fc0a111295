/* ptrace_is_deadly.c: the process runs in a sandbox that ends who calls ptrace, from its
 * start, as a container does.
 *
 * EXPECT definite under=head blocks=1 bytes=40
 * EXPECT indirect under=tail blocks=1 bytes=40
 * EXPECT reachable under=kept blocks=1 bytes=101
 * DIFFERS lsan *: nothing: it needs ptrace, and waits for ever
 * RUN lsan=no
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "case.h"

OBJECT(head)
OBJECT(tail)
OBJECT(kept)

void *held;

STEP void build(void)
{
    struct node *node = head(40);
    node->next = tail(40);
    held = kept(101);
}

STEP void forbid_ptrace(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
        BPF_STMT(BPF_RET, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(int count, char **words)
{
    if (count == 1) {
        forbid_ptrace();
        execl(words[0], words[0], "inside", NULL);
    }
    MUST(count == 2);
    build();
    forget();
    return 0;
}
