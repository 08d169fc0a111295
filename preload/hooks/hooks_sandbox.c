/* hooks_sandbox.c: prctl and syscall, watched for seccomp filters, syscall for madvise too, and
 * else passed on untouched. */
#include "hooks.h"

#include <errno.h>
#include <linux/seccomp.h>
#include "sandbox.h"
#include "sys.h"
#include "withheld.h"

enum { PR_SET_SECCOMP_ = 22 };

/* libc's own are variadic; their callers pass at most so many words. */
MT_EXPORT int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
MT_EXPORT long syscall(void);

MT_EXPORT int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    if (!mt_hooks_ready() || !mt_real.prctl) {
        const long result = mt_syscall6(SYS_prctl, option, (long)a, (long)b, (long)c, (long)d, 0);
        if (mt_sys_failed(result))
            errno = (int)-result;
        return mt_sys_failed(result) ? -1 : (int)result;
    }
    if (option != PR_SET_SECCOMP_)
        return mt_real.prctl(option, a, b, c, d);
    const int errno_before = errno;
    const void *program = a == SECCOMP_MODE_STRICT ? NULL : (const void *)b;
    const struct mt_sandbox_step step = mt_sandbox_begin(program);
    errno = errno_before;
    const int result = mt_real.prctl(option, a, b, c, d);
    mt_sandbox_end(step, result == 0);
    return result;
}

#define FOR_ASM __attribute__((used, visibility("hidden")))

/* Any system call before libc's own function is known, seccomp, and madvise. */
FOR_ASM long mt_syscall_watched(long number, long a, long b, long c, long d, long e, long f);
FOR_ASM long mt_syscall_watched(long number, long a, long b, long c, long d, long e, long f)
{
    const int installs =
        number == SYS_seccomp && (a == SECCOMP_SET_MODE_STRICT || a == SECCOMP_SET_MODE_FILTER);
    const void *program = a == SECCOMP_SET_MODE_STRICT ? NULL : (const void *)c;
    const int errno_before = errno;
    struct mt_sandbox_step step = {0, -1};
    if (installs && mt_hooks_ready())
        step = mt_sandbox_begin(program);
    errno = errno_before;
    if (number == SYS_madvise)
        mt_withheld_note((int)c);
    const long result = mt_syscall6(number, a, b, c, d, e, f);
    /* A descriptor of whoever is to decide, or the number of a thread that stood in the way. */
    const int is_descriptor = (b & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
    if (installs)
        mt_sandbox_end(step, is_descriptor ? !mt_sys_failed(result) : result == 0);
    if (!mt_sys_failed(result))
        return result;
    errno = (int)-result;
    return -1;
}

FOR_ASM long (*mt_syscall_real)(long, ...);

/* Jumps on and leaves no frame: a clone may come back on a stack that has none. */
#if defined(__x86_64__)
MT_EXPORT __attribute__((naked)) long syscall(void)
{
    __asm__("cmpq $317, %rdi\n\t" /* SYS_seccomp */
            "je mt_syscall_watched\n\t"
            "cmpq $28, %rdi\n\t" /* SYS_madvise */
            "je mt_syscall_watched\n\t"
            "movq mt_syscall_real(%rip), %rax\n\t"
            "testq %rax, %rax\n\t"
            "je mt_syscall_watched\n\t"
            "jmp *%rax");
}
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, %function\n"
        "syscall:\n"
        "    .cfi_startproc\n"
        "    hint #34 // bti c: called through a pointer\n"
        "    cmp x0, #277 // SYS_seccomp\n"
        "    b.eq 0f\n"
        "    cmp x0, #233 // SYS_madvise\n"
        "    b.eq 0f\n"
        "    adrp x16, mt_syscall_real\n"
        "    ldr x16, [x16, #:lo12:mt_syscall_real]\n"
        "    cbz x16, 0f\n"
        "    br x16\n"
        "0:  b mt_syscall_watched\n"
        "    .cfi_endproc\n"
        ".size syscall, .-syscall\n");
#endif

static __attribute__((constructor)) void construct(void)
{
    if (mt_hooks_ready())
        mt_syscall_real = mt_real.syscall;
}
