/* tips.c: takes the memo and an innermost frame, gives the node of the stack, if its end was met
 * before. A tip is true for ever, as far as it goes: that from this frame, with these words on the
 * stack, a walk comes to a frame with the base's sp and fp. Whether the base is kept, with the same
 * node, is asked anew each time. */
#include "tips.h"

#include "memo.h"
#include "rules.h"

enum {
    HOPS_MAX = 4, /* tips looked at before a stack is walked */
};

static inline uint64_t mix(uint64_t hash, uint64_t more)
{
    return (hash ^ more) * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 24) | 1;
}

static inline uint32_t place_of(uint64_t hash)
{
    return (uint32_t)(hash >> (64 - MT_TIPS_BITS));
}

/* ---- finding ---- */

/* The tip with this hash, NULL where there is none. It has one of two neighbouring places. */
static inline const struct mt_tip *find(const struct mt_memo *memo, uint64_t hash)
{
    const uint32_t place = place_of(hash);
    if (memo->index.tags[place] == tag_of(hash))
        return &memo->tips[place];
    if (memo->index.tags[place ^ 1] == tag_of(hash))
        return &memo->tips[place ^ 1];
    return NULL;
}

static inline int begins_at(const struct mt_tip *tip, const struct mt_frame *caller,
                            enum mt_function function)
{
    return tip->pc == caller->pc && tip->sp == caller->sp && tip->function == function &&
           (tip->fp_is_free || tip->fp == caller->fp);
}

static inline int leads_out(const struct mt_memo *memo, const struct mt_tip *tip)
{
    const struct mt_kept_frame *base = &memo->kept[tip->base];
    return tip->base < memo->count && base->step.sp == tip->base_sp &&
           base->step.fp == tip->base_fp && base->node == tip->base_node &&
           !mt_memo_difference(memo, tip->base) && mt_memo_fits(memo, tip->count, tip->base + 1u);
}

uint32_t mt_tip_find(struct mt_memo *memo, const struct mt_frame *caller, enum mt_function function)
{
    uint64_t hash = mix(caller->pc, caller->sp << 24);
    for (int hops = 1;; hops++) {
        const struct mt_tip *tip = find(memo, hash);
        if (!tip || !begins_at(tip, caller, function))
            break;
        const struct mt_check *difference = mt_check_difference(tip->checks + tip->check_end);
        if (__builtin_expect(difference == tip->checks, 1)) {
            if (leads_out(memo, tip))
                return tip->node;
            break;
        }
        if (hops == HOPS_MAX)
            break;
        hash = mix(hash, *difference->slot);
    }
    memo->index.hash = hash;
    return 0;
}

/* ---- making ---- */

/* Where the tip with this hash is, else where it is to be. */
static uint32_t choose_place(struct mt_tip_index *index, uint64_t hash)
{
    const uint32_t place = place_of(hash);
    if (index->tags[place] == tag_of(hash))
        return place;
    if (index->tags[place ^ 1] == tag_of(hash))
        return place ^ 1;
    return place ^ (index->turn++ & 1);
}

static __attribute__((noinline)) void make(struct mt_memo *memo, uint32_t base_index)
{
    const struct mt_kept_frame *base = &memo->kept[base_index];
    const struct mt_kept_frame *inner = &memo->kept[memo->count - 1];
    const uint32_t check_count = inner->check_end - base->check_end;
    if (check_count >= MT_TIP_CHECKS)
        return;
    const uint32_t place = choose_place(&memo->index, memo->index.hash);
    struct mt_tip *tip = &memo->tips[place];

    /* Void while it is rewritten: a signal handler may leave this function by longjmp. */
    memo->index.tags[place] = 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    tip->pc = inner->step.pc;
    tip->sp = inner->step.sp;
    tip->fp = inner->step.fp;
    tip->fp_is_free = (uint8_t)inner->fp_is_free;
    tip->function = (uint8_t)memo->function;
    tip->node = memo->leaf;
    tip->base = (uint16_t)base_index;
    tip->base_sp = base->step.sp;
    tip->base_fp = base->step.fp;
    tip->base_node = base->node;
    tip->count = (uint16_t)(memo->count - 1 - base_index);
    tip->checks[0] = mt_check_first();
    for (uint32_t i = 0; i < check_count; i++)
        tip->checks[1 + i] = memo->checks[base->check_end + i];
    tip->check_end = (uint16_t)(1 + check_count);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    memo->index.tags[place] = tag_of(memo->index.hash);
}

void mt_tip_note(struct mt_memo *memo, uint32_t base)
{
    uint32_t *met = &memo->index.met[memo->index.hash >> (64 - MT_TIPS_MET_BITS)];
    const uint32_t tag = tag_of(memo->index.hash);
    if (*met == tag)
        make(memo, base);
    else
        *met = tag;
}

void mt_tip_forget(struct mt_memo *memo)
{
    for (uint32_t i = 0; i < MT_TIPS; i++)
        memo->index.tags[i] = 0;
}
