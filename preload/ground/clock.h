/* clock.h: what time it is, asked of the kernel's vDSO itself: a clock_gettime that the program
 * brings along (a test's, libfaketime's) stands before libc's, may allocate, and is not to be
 * called by anybody but the program. */
#ifndef MT_CLOCK_H
#define MT_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Reads a clock (CLOCK_…); no system call where there is a vDSO. */
extern int (*mt_clock_read)(clockid_t clock, struct timespec *ret);

/* The same in nanoseconds. */
uint64_t mt_clock_ns(clockid_t clock);

/* Looks for the vDSO; until then, and without one, the kernel is called. Once, while the process
 * has one thread. */
void mt_clock_find(void);

#endif
