/* released.h: what was released lately: option errors. */
#ifndef MT_RELEASED_H
#define MT_RELEASED_H

#include <stdint.h>
#include "memtrace/trace_format.h"

/* One release. */
struct mt_released {
    uint64_t word;             /* the block's record, first word; 0: it had none */
    uint32_t stack;            /* node id of the release; 0: not known */
    uint16_t thread;           /* slot; 0 unknown */
    enum mt_function function; /* that released it */
};

/* Who releases: a stack, or, where none was taken, the return address of the call. */
static inline uint64_t mt_releaser_of_stack(uint32_t stack)
{
    return stack;
}

static inline uint64_t mt_releaser_of_caller(uintptr_t pc)
{
    return pc | UINT64_C(1) << 47; /* beyond the addresses of a process */
}

/* Makes room. Once, while the process has one thread; 0 where there is no memory. */
int mt_released_start(void);

/* The block at `address`, whose record was `word`, is about to be released by the thread of this
 * slot. Before the real release. Any thread, any time, without a lock. */
void mt_released_keep(uintptr_t address, uint64_t word, enum mt_function function,
                      uint64_t releaser, uint32_t slot);

/* The last release of `address`, if it is kept still. */
int mt_released_find(uintptr_t address, struct mt_released *ret_released);

#endif
