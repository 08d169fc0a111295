/* released.h: what was released lately: option errors. */
#ifndef MT_RELEASED_H
#define MT_RELEASED_H

#include <stdint.h>
#include "memtrace/trace_format.h"

/* One release. */
struct mt_released {
    uint64_t word;             /* the block's record, first word; 0: it had none */
    uint64_t freed_ms;         /* since the start of the trace, as a tick of the clock has it */
    uint32_t stack;            /* node id of the release; 0: not taken */
    uint16_t thread;           /* slot; 0 unknown */
    enum mt_function function; /* that released it */
};

/* Makes room. Once, while the process has one thread; 0 where there is no memory. */
int mt_released_start(void);

/* The block at `address`, whose record was `word`, is about to be released. `tick`: as in the
 * second word of a large block. Before the real release. Any thread, any time, without a lock. */
void mt_released_keep(uintptr_t address, uint64_t word, enum mt_function function, uint32_t stack,
                      uint64_t tick);

/* The last release of `address`, if it is kept still. */
int mt_released_find(uintptr_t address, struct mt_released *ret_released);

#endif
