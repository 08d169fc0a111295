/* What all of the preload stands on: the kernel's time, calls that may not be made, memory that is
 * known as its own, blocks before there is an allocator. */
#include <errno.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <unistd.h>
#include "bootstrap.h"
#include "clock.h"
#include "memory.h"
#include "sys.h"
#include "unit.h"

enum { BYTES = 8192 };

static uint64_t libc_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void hold_time(void)
{
    const uint64_t before = libc_ns(), now = mt_clock_ns(CLOCK_MONOTONIC);
    ck_assert_uint_le(before, now);
    ck_assert_uint_le(now, libc_ns());
}

START_TEST(time_is_told_with_and_without_the_vdso)
{
    int (*const by_call)(clockid_t, struct timespec *) = mt_clock_read;
    hold_time();
    mt_clock_find();
    ck_assert_int_eq(mt_clock_read != by_call, getauxval(AT_SYSINFO_EHDR) != 0);
    hold_time();
}
END_TEST

static uint64_t asked[3];

static int refuse_getppid(long number, const uint64_t arguments[6])
{
    asked[0] = (uint64_t)number;
    asked[1] = arguments[0];
    asked[2] = arguments[5];
    return number != SYS_getppid;
}

START_TEST(what_may_not_be_called_is_not)
{
    mt_sys_may = refuse_getppid;
    ck_assert_int_eq(mt_sys(SYS_getppid, 1, 2, 3, 4, 5, 6), -EPERM);
    ck_assert_uint_eq(asked[0], SYS_getppid);
    ck_assert_uint_eq(asked[1], 1);
    ck_assert_uint_eq(asked[2], 6);
    ck_assert_int_eq(mt_sys(SYS_getpid), getpid());
    mt_sys_may = NULL;
    ck_assert_int_eq(mt_sys(SYS_getppid), getppid());
}
END_TEST

static char of_the_library; /* which is this program, here */

START_TEST(own_memory_is_known)
{
    const uintptr_t at = (uintptr_t)mt_map_kept(BYTES), on_stack = (uintptr_t)&at;
    ck_assert_int_ne(mt_memory_is_own(at), 0);
    ck_assert_int_ne(mt_memory_is_own(at + BYTES - 1), 0);
    ck_assert_int_ne(mt_memory_is_own((uintptr_t)&of_the_library), 0);
    ck_assert_int_ne(mt_memory_is_own((uintptr_t)mt_map_kept), 0);
    ck_assert_int_eq(mt_memory_is_own(on_stack), 0);
    mt_unmap((void *)at, BYTES);
    ck_assert_int_eq(mt_memory_is_own(at), 0);
}
END_TEST

START_TEST(early_blocks_lie_where_asked)
{
    for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        const uintptr_t at = (uintptr_t)mt_bootstrap_alloc(1, alignment);
        ck_assert_uint_ne(at, 0);
        ck_assert_uint_eq(at % alignment, 0);
        ck_assert_uint_eq(at % 16, 0);
    }
    ck_assert_ptr_null(mt_bootstrap_alloc(1, 8192));
}
END_TEST

MT_UNIT_TESTS("ground", time_is_told_with_and_without_the_vdso, what_may_not_be_called_is_not,
              own_memory_is_known, early_blocks_lie_where_asked)
