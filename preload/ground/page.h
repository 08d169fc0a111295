/* page.h: how large a page is: 4 KiB on x86-64; on aarch64 the kernel's choice, 4, 16 or 64 KiB,
 * and the same for all processes. */
#ifndef MT_PAGE_H
#define MT_PAGE_H

#include <stdint.h>

#if defined(__x86_64__)

static inline uintptr_t mt_page_bytes(void)
{
    return 4096;
}

#else

#include <sys/auxv.h>

/* Any thread, any time: ld.so knows it before it loads anything. */
static inline uintptr_t mt_page_bytes(void)
{
    static uintptr_t bytes; /* all who store it store the same */
    uintptr_t known = __atomic_load_n(&bytes, __ATOMIC_RELAXED);
    if (__builtin_expect(!known, 0)) {
        known = getauxval(AT_PAGESZ);
        __atomic_store_n(&bytes, known, __ATOMIC_RELAXED);
    }
    return known;
}

#endif

static inline uintptr_t mt_page_down(uintptr_t address)
{
    return address & ~(mt_page_bytes() - 1);
}

/* Overflows to 0. */
static inline uintptr_t mt_page_up(uintptr_t address)
{
    return mt_page_down(address + mt_page_bytes() - 1);
}

#endif
