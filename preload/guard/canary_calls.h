/* canary_calls.h: option canary: room for a canary behind each block that the allocator gives. */
#ifndef MT_CANARY_CALLS_H
#define MT_CANARY_CALLS_H

#include <stddef.h>

/* Puts itself between the hooks and the program's functions. Once, while the process has one
 * thread. Blocks given before have no canary. */
void mt_canary_calls_start(void);

/* What the allocator itself says of a block's size. */
size_t mt_canary_usable(void *block);

#endif
