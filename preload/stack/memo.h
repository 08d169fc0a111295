/* memo.h: a thread's memory of its last walk, with which the next one is mostly comparing.
 *
 * Kept are the frames of the last stack, outermost first, each with its stack pointer, pc, frame
 * pointer and node; and the *checks*: every word of the stack that was read to get from frame to
 * frame, with its value, in the reverse order of reading. A new walk steps, by rules, through fresh
 * frames until it comes to one that equals a kept frame. The way out from there depends on nothing
 * but the words in the checks (and the code, see purges): if they still have their values, the
 * outer frames are the same, and so are their nodes. */
#ifndef MT_MEMO_H
#define MT_MEMO_H

#include <stddef.h>
#include <stdint.h>
#include "checks.h"
#include "modules.h"
#include "oracle.h"
#include "stack.h"
#include "tips.h"

/* A frame and how to get to its caller. */
struct mt_step {
    uintptr_t sp, pc, fp;
    uint64_t rule;
};

struct mt_kept_frame {
    struct mt_step step; /* fp 0 where it is free */
    uint32_t node;       /* of the innermost frame: not used, see leaf */
    uint16_t check_end;  /* checks from here inwards belong to frames further in */
    uint16_t fp_is_free; /* what fp holds does not matter: no frame from here outwards reads it
                            before it is taken from the stack */
};

enum { MT_CHECKS_PER_FRAME = 3 };

/* All zero at first; in wiped memory, so that a forked child's is zero again. */
struct mt_memo {
    uint32_t count;    /* frames kept; 0 while it is rewritten, or when there is nothing to keep */
    uint32_t purges;   /* mt_modules.purges that everything here is of */
    uint32_t leaf;     /* node of the innermost frame */
    uint32_t function; /* enum mt_function of that stack */
    uint32_t end;      /* enum mt_stack_end */
    uint32_t nowhere;  /* the outermost frame lies in no module */
    uint32_t root;     /* node under which all of it hangs (epochs.h); 0 none */
    uint32_t ignores;  /* calls of memtrace_ignore_begin without an end; stays over a purge */
    struct mt_tip_index index; /* of tips; here for threads that hardly allocate: on this page */
    struct mt_check checks[1 + MT_DEPTH_LIMIT * MT_CHECKS_PER_FRAME];
    struct mt_kept_frame kept[MT_DEPTH_LIMIT];
    /* Of the walk under way: the fresh frames, innermost first. */
    union {
        struct mt_step fresh[MT_DEPTH_LIMIT + 1];
        struct mt_oracle_frame unwound[MT_DEPTH_LIMIT];
    };
    struct mt_tip tips[MT_TIPS];
};

/* For another thread, or where the thread's stacks hang under another root from now on: all of it is
 * void, whatever is purged. */
static inline void mt_memo_restart(struct mt_memo *memo)
{
    memo->count = 0;
    memo->purges = UINT32_MAX;
}

/* Frames kept per stack, 1 to MT_DEPTH_LIMIT. */
extern uint32_t mt_walk_depth;

/* Reads the checks of kept frame `index` and of all further out. Returns NULL when all hold, else
 * the first, from the inside out, that does not. */
static inline const struct mt_check *mt_memo_difference(const struct mt_memo *memo, uint32_t index)
{
    const struct mt_check *check = mt_check_difference(memo->checks + memo->kept[index].check_end);
    return check == memo->checks ? NULL : check;
}

/* Whether the kept frames up to `kept` can follow `further_in` others as they are: the depth limit
 * may cut them elsewhere than last time, and code may have been loaded where there was none. */
static inline int mt_memo_fits(const struct mt_memo *memo, uint32_t further_in, uint32_t kept)
{
    const uint32_t total = further_in + kept;
    if (__builtin_expect(memo->nowhere, 0))
        return total <= mt_walk_depth && !mt_modules_cover(memo->kept[0].step.pc - 1);
    return memo->end == MT_STACK_DEEPER ? total == mt_walk_depth : total <= mt_walk_depth;
}

#endif
