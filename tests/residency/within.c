/* within.c: runs a program where the kernel tells less.
 *
 *   within no-scan PROGRAM …      a seccomp filter refuses the ioctl PAGEMAP_SCAN
 *   within no-proc PROGRAM …      without /proc (needs root)
 *
 * Ends with 77 where that cannot be done here. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EPERM_ = 1, SCAN_CALL = (int)0xc0606610, SKIPPED = 77 };

static int refuse_scan(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SCAN_CALL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM_),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int hide_proc(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", "/proc", "tmpfs", 0, NULL) == 0;
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    const char *what = arguments[1];
    const int is_done = strcmp(what, "no-scan") == 0   ? refuse_scan()
                        : strcmp(what, "no-proc") == 0 ? hide_proc()
                                                       : 0;
    if (!is_done)
        return SKIPPED;
    execv(arguments[2], arguments + 2);
    return SKIPPED;
}
