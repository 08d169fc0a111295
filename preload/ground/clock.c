/* clock.c: see clock.h. The vDSO is an object in the loader's list like others (vdso(7)). */
#include "clock.h"

#include "elf_lookup.h"
#include "sys.h"

#if defined(__x86_64__)
#define VDSO_SYMBOL "__vdso_clock_gettime"
#else
#define VDSO_SYMBOL "__kernel_clock_gettime"
#endif

static int read_by_call(clockid_t clock, struct timespec *ret)
{
    return (int)mt_sys(SYS_clock_gettime, clock, ret);
}

int (*mt_clock_read)(clockid_t, struct timespec *) = read_by_call;

void mt_clock_find(void)
{
    void *found = mt_elf_find_after(mt_elf_first(), VDSO_SYMBOL).address;
    if (found)
        mt_clock_read = (int (*)(clockid_t, struct timespec *))found;
}

uint64_t mt_clock_ns(clockid_t clock)
{
    struct timespec now = {0};
    mt_clock_read(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
