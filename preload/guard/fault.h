/* fault.h: option guard: SIGSEGV, taken so that an access to a guarded page is reported before the
 * program hears of it. */
#ifndef MT_FAULT_H
#define MT_FAULT_H

/* There is a guarded region: once, while the process has one thread. */
void mt_fault_start(void);

#endif
