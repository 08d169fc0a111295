/* freers.h: option freed_by: by whom the blocks of a stack are released. */
#ifndef MT_FREERS_H
#define MT_FREERS_H

#include <stdint.h>

/* A block that `stack` allocated is released. Returns 0, or, when this release is one to be asked
 * for its own stack, how many releases it stands for: then call `note`. Any thread, any time,
 * without a lock; where there is no room the loss is counted. */
uint32_t mt_freers_count(uint32_t stack);

/* The stack of such a release, 0 where it could not be taken. */
void mt_freers_note(uint32_t stack, uint32_t stands_for, uint32_t by);

#endif
