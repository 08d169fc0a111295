/* churn.h: what was a mapping of its own and has been released, by the stack that asked for it. */
#ifndef MT_CHURN_H
#define MT_CHURN_H

#include <stdint.h>

/* A block or mapping of `bytes` that `stack` obtained goes back to the kernel. Any thread, any
 * time; without a lock. Where there is no room it is not counted. */
void mt_churn_count(uint32_t stack, uint64_t bytes);

#endif
