/* sys.c: takes a system call that the tracer wants for itself, makes it if it may be made. See
 * sys.h. */
#include "sys.h"

int (*mt_sys_may)(long number, const uint64_t arguments[6]);

long mt_syscall_own(long number, long a, long b, long c, long d, long e, long f)
{
    int (*may)(long, const uint64_t *) = __atomic_load_n(&mt_sys_may, __ATOMIC_RELAXED);
    const uint64_t arguments[] = {(uint64_t)a, (uint64_t)b, (uint64_t)c,
                                  (uint64_t)d, (uint64_t)e, (uint64_t)f};
    if (__builtin_expect(may && !may(number, arguments), 0))
        return -1; /* EPERM */
    return mt_syscall6(number, a, b, c, d, e, f);
}
