/* sandboxed_by_itself.c: a program that locks itself in, so that any other system call ends it: the
 * tracer makes none of its own from then on, and gives no verdict.
 *
 * EXPECT unclassified under=lost blocks=1 bytes=101
 * EXPECT unclassified under=kept blocks=1 bytes=103
 * DIFFERS valgrind *: nothing: what it calls ends the process
 * DIFFERS lsan *: nothing: what it calls ends the process
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "case.h"

OBJECT(lost)
OBJECT(kept)

#define ALLOW(name)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)

void *held;

STEP void lock_in(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(brk),
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(write),
        ALLOW(exit_group),
        ALLOW(exit),
        BPF_STMT(BPF_RET, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(void)
{
    lost(101);
    held = kept(103);
    lock_in();
    forget();
    return 0;
}
