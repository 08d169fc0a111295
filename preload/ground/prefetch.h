/* prefetch.h: asks for a line of memory that will be read soon. Any address will do, also one that
 * is not mapped.
 *
 * In assembly: gcc takes a function that does nothing but __builtin_prefetch to have no effect, and
 * drops the calls of it without a word. */
#ifndef MT_PREFETCH_H
#define MT_PREFETCH_H

#include <stdint.h>

static inline void mt_prefetch(uintptr_t address)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetcht0 (%0)" : : "r"(address));
#elif defined(__aarch64__)
    __asm__ volatile("prfm pldl1keep, [%0]" : : "r"(address));
#else
#error "which instruction?"
#endif
}

#endif
