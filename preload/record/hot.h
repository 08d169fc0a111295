/* hot.h: what the way of an allocation says to the compiler. */
#ifndef MT_HOT_H
#define MT_HOT_H

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Stands in place of each call of it, in other files too (the preload is compiled as one): a hook
 * and all it does but the walk are one function, which saves the registers of its caller once. */
#define MT_IN_PLACE __attribute__((always_inline)) inline

/* Is called, so that the usual way is short and needs few registers. */
#define MT_ASIDE __attribute__((noinline))

#endif
