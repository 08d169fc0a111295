/* walk.h: a thread's memory of its last walk, with which the next one is mostly comparing.
 *
 * Kept are the frames of the last stack, outermost first, each with its stack pointer, pc, frame
 * pointer and node; and the *checks*: every word of the stack that was read to get from frame to
 * frame, with its value, in the reverse order of reading. A new walk steps, by rules, through fresh
 * frames until it comes to one that equals a kept frame. The way out from there depends on nothing
 * but the words in the checks (and the code, see purges): if they still have their values, the
 * outer frames are the same, and so are their nodes.
 *
 * The checks are read from the inside out, and reading ends at the first difference, so each read
 * is one that a walk without memory would make too: it cannot fault where stacks were unmapped. */
#ifndef MT_WALK_H
#define MT_WALK_H

#include <stdint.h>
#include "oracle.h"
#include "stack.h"

/* A frame and how to get to its caller. */
struct mt_step {
    uintptr_t sp, pc, fp;
    uint64_t rule;
};

struct mt_kept_frame {
    struct mt_step step;
    uint32_t node;       /* of the innermost frame: not used, see leaf */
    uint16_t check_end;  /* checks from here inwards belong to frames further in */
    uint16_t fp_is_free; /* what fp holds does not matter: no frame from here outwards reads it
                            before it is taken from the stack */
};

struct mt_check {
    const uintptr_t *slot;
    uintptr_t value;
};

enum { MT_CHECKS_PER_FRAME = 3 };

/* All zero at first; in wiped memory, so that a forked child's is zero again. */
struct mt_memo {
    uint32_t count;    /* frames kept; 0 while it is rewritten, or when there is nothing to keep */
    uint32_t purges;   /* mt_modules.purges at that time */
    uint32_t leaf;     /* node of the innermost frame */
    uint32_t function; /* enum mt_function of that stack */
    uint32_t end;      /* enum mt_stack_end */
    uint32_t nowhere;  /* the outermost frame lies in no module */
    struct mt_check checks[MT_DEPTH_LIMIT * MT_CHECKS_PER_FRAME];
    struct mt_kept_frame kept[MT_DEPTH_LIMIT];
    /* Of the walk under way: the fresh frames, innermost first. */
    union {
        struct mt_step fresh[MT_DEPTH_LIMIT + 1];
        struct mt_oracle_frame unwound[MT_DEPTH_LIMIT];
    };
};

static inline void mt_memo_forget(struct mt_memo *memo)
{
    memo->count = 0;
}

/* Frames kept per stack, 1 to MT_DEPTH_LIMIT. */
extern uint32_t mt_walk_depth;

/* The walk behind mt_stack_take: with rules and memo. Returns the node, 0 when there is no room. */
uint32_t mt_walk(struct mt_memo *memo, const struct mt_frame *caller, enum mt_function function,
                 int *cut);

#endif
