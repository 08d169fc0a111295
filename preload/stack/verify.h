/* verify.h: option verify: compares each stack with libunwind's own local walk, and shows the first
 * few that differ on stderr. For tests: it is slow and takes the loader's locks. */
#ifndef MT_VERIFY_H
#define MT_VERIFY_H

#include <stdint.h>
#include "stack.h"

/* Opens the local libunwind. Constructor only. Returns 0 when there is none. */
int mt_verify_start(void);

/* Compares the stack `node` with that of caller, a live frame of this thread. Keeps errno. */
void mt_verify(uint32_t node, const struct mt_frame *caller);

#endif
