/* tips.h: ends of stacks that a thread has met before.
 *
 * The memo (memo.h) knows the last stack. A program that calls one function after the other from a
 * loop steps, each time, through frames that it has stepped through a moment ago. A *tip* is such
 * an end: an innermost frame, the checks of the frames between it and a kept frame, its *base*, and
 * the node of the whole stack. When a walk begins at an equal frame and the tip's checks hold, it
 * leads to the base, and the memo's checks tell of the way out from there: the node is known
 * although nothing was stepped through, interned or written down.
 *
 * Tips are found by a hash of the innermost frame. If a check does not hold (a wrapper of malloc
 * has many callers) what stands there instead is mixed in and the search goes on, so the tips of
 * one innermost frame form a tree. The hash only finds: what a tip is told by is compared in full.
 *
 * A tip is made when a hash is met for the second time: ends that are met once cost one store. */
#ifndef MT_TIPS_H
#define MT_TIPS_H

#include <stdint.h>
#include "checks.h"
#include "memtrace/trace_format.h"
#include "stack.h"

enum {
    MT_TIPS_BITS = 7,
    MT_TIPS = 1 << MT_TIPS_BITS,
    MT_TIPS_MET_BITS = 8,
    MT_TIP_CHECKS = 12, /* longer ends are walked each time */
};

struct mt_tip {
    uintptr_t pc, sp, fp;       /* the innermost frame */
    uintptr_t base_sp, base_fp; /* with base_node they tell whether the base is kept still */
    uint32_t base_node;
    uint32_t node;      /* of the stack */
    uint16_t base;      /* the base's index among the kept frames */
    uint16_t count;     /* frames further in than the base */
    uint8_t function;   /* enum mt_function of the stack */
    uint8_t fp_is_free; /* as in struct mt_kept_frame */
    uint16_t check_end;
    struct mt_check checks[MT_TIP_CHECKS];
};

/* Where tips are, and what was met. All zero at first. */
struct mt_tip_index {
    uint64_t hash;                       /* the one that mt_tip_find ended with */
    uint32_t turn;                       /* which of two is replaced next */
    uint32_t tags[MT_TIPS];              /* more of the hash of each tip, 0 where there is none */
    uint32_t met[1 << MT_TIPS_MET_BITS]; /* the same of the hashes met last */
};

struct mt_memo;

/* The node of the stack whose innermost frame is `caller`, by its tip; 0 when none fits. */
uint32_t mt_tip_find(struct mt_memo *memo, const struct mt_frame *caller,
                     enum mt_function function);

/* After mt_tip_find found none and the stack was walked: kept frame `base` and those further out
 * were kept already. Makes a tip of the others when their hash is met again. */
void mt_tip_note(struct mt_memo *memo, uint32_t base);

/* All code may be another now. */
void mt_tip_forget(struct mt_memo *memo);

#endif
