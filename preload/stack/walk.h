/* walk.h: from a frame to the node of its stack. */
#ifndef MT_WALK_H
#define MT_WALK_H

#include <stdint.h>
#include "memo.h"
#include "stack.h"

/* The walk behind mt_stack_take: with rules, memo and tips. Returns the node, 0 when there is no
 * room. */
uint32_t mt_walk(struct mt_memo *memo, const struct mt_frame *caller, enum mt_function function,
                 int *cut);

/* The stack that begins at an interrupted instruction, by libunwind. Nothing of it is kept. */
uint32_t mt_walk_interrupted(struct mt_memo *memo, const struct mt_registers *registers);

#endif
