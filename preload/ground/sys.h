/* sys.h: raw system calls. Hooks run inside ld.so, under its locks and between a program's own
 * instructions, so nothing here goes through libc: no errno, no cancellation point, no symbol to
 * bind. Each returns what the kernel returns: a value, or a negative errno. */
#ifndef MT_SYS_H
#define MT_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static inline long mt_syscall6(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long mt_syscall6(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}
#else
#error "memtrace supports x86-64 and aarch64"
#endif

/* The tracer's own call, as `mt_sys` makes it: -EPERM where it may not be made. The program's calls are
 * made by mt_syscall6, whatever comes of them. */
long mt_syscall_own(long number, long a, long b, long c, long d, long e, long f);

/* Asked before each of them; NULL: all may be made. Set where the program installs a filter that may
 * answer a call with death (filters.h). */
extern int (*mt_sys_may)(long number, const uint64_t arguments[6]);

#define MT_SYSCALL_PICK(_0, _1, _2, _3, _4, _5, _6, count, ...) count
#define mt_sys(...) \
    MT_SYSCALL_PICK(__VA_ARGS__, mt_sys_6, mt_sys_5, mt_sys_4, mt_sys_3, mt_sys_2, mt_sys_1, \
                    mt_sys_0, )(__VA_ARGS__)
#define mt_sys_0(n) mt_syscall_own(n, 0, 0, 0, 0, 0, 0)
#define mt_sys_1(n, a) mt_syscall_own(n, (long)(a), 0, 0, 0, 0, 0)
#define mt_sys_2(n, a, b) mt_syscall_own(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define mt_sys_3(n, a, b, c) mt_syscall_own(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define mt_sys_4(n, a, b, c, d) \
    mt_syscall_own(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define mt_sys_5(n, a, b, c, d, e) \
    mt_syscall_own(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define mt_sys_6(n, a, b, c, d, e, f) \
    mt_syscall_own(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* True for the error range of a system call that returns an address. */
static inline int mt_sys_failed(long result)
{
    return (unsigned long)result >= (unsigned long)-4095;
}

/* Whether there is no such thread any more, in whatever process: clone makes some that share this
 * memory. */
static inline int mt_sys_has_ended(uint32_t tid)
{
    return mt_sys(SYS_tkill, tid, 0) == -3 /* ESRCH */;
}

#endif
