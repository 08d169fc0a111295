/* walk.c: from a frame to its stack's node, at a few loads per frame. Takes rules, the memo and its
 * tips, and the stack itself; gives a node of the tree. This is the hot path of the whole tracer:
 * what is not done on every allocation stands in functions of its own, out of the way. */
#include "walk.h"

#include "epochs.h"
#include "modules.h"
#include "nodes.h"
#include "rules.h"
#include "serial.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COLD __attribute__((noinline, cold))

enum {
    FRAME_BYTES_MAX = 64 << 20
}; /* a larger frame is left to libunwind, which reads with care */

uint32_t mt_walk_depth = 64;

/* ---- rules that are not known yet ---- */

struct question {
    uintptr_t pc;
    uint64_t rule;
};

static void learn(void *argument)
{
    struct question *question = argument;
    struct mt_code code;
    /* Another thread may have asked the same while this one waited. */
    if ((question->rule = mt_rules_find(question->pc)))
        return;
    if (!mt_modules_learn(question->pc - 1, &code)) {
        question->rule = mt_rule_of_kind(MT_RULE_UNKNOWN, 0);
        return;
    }
    question->rule = mt_oracle_rule(question->pc, &code);
    if (mt_oracle_is_ready())
        mt_rules_put(question->pc, question->rule);
}

COLD static uint64_t learn_rule(uintptr_t pc)
{
    struct question question = {.pc = pc};
    /* Code outside all modules has no rule that could be kept: one may be loaded there later. */
    if (!mt_modules_cover(pc - 1))
        return mt_rule_of_kind(mt_arch_is_bare_signal_return(pc) ? MT_RULE_OTHER : MT_RULE_UNKNOWN,
                               0);
    mt_serial_run(learn, &question);
    return question.rule;
}

static inline uint64_t rule_of(uintptr_t pc)
{
    const uint64_t rule = mt_rules_find(pc);
    return LIKELY(rule) ? rule : learn_rule(pc);
}

/* ---- stepping ---- */

static inline uintptr_t word_at(uintptr_t address)
{
    return *(const uintptr_t *)address;
}

static inline const uintptr_t *return_slot(uintptr_t cfa, uint64_t rule)
{
    return (const uintptr_t *)(cfa - 8 * mt_rule_return_slot(rule));
}

static inline uintptr_t return_address_at(uintptr_t cfa, uint64_t rule)
{
    return mt_arch_unsigned(*return_slot(cfa, rule));
}

/* From a frame whose rule is DEREF to its caller's. Returns 0 when the frame would be none: not
 * further out, or too large. */
static int step_through_memory(const struct mt_step *from, struct mt_step *to)
{
    const uintptr_t cfa = word_at(from->fp + 8 * (uintptr_t)mt_rule_offset(from->rule));
    if (cfa - from->sp - 1 >= FRAME_BYTES_MAX)
        return 0;
    to->sp = cfa;
    to->pc = return_address_at(cfa, from->rule);
    to->fp = word_at(from->fp + 8 * (uintptr_t)mt_rule_fp_slot(from->rule));
    return 1;
}

/* ---- the memo ---- */

static inline int is_frame(const struct mt_kept_frame *kept, uintptr_t sp, uintptr_t pc,
                           uintptr_t fp)
{
    return kept->step.pc == pc && kept->step.sp == sp && (kept->step.fp == fp || kept->fp_is_free);
}

/* Whether fp is free in a frame of this rule: the caller's is found by sp alone, or it is handed on
 * to a caller in which it is free (0 where nothing is known of that), or there is none. */
static inline int frees_fp(uint64_t rule, int is_free_in_caller)
{
    const enum mt_rule_kind kind = mt_rule_kind(rule);
    if (kind == MT_RULE_STEP && !(rule & MT_RULE_BASE_FP))
        return mt_rule_fp_slot(rule) != 0 || is_free_in_caller;
    return kind == MT_RULE_LAST;
}

/* The frame, `index` or further out, whose step reads the check. */
static uint32_t frame_of_check(const struct mt_memo *memo, uint32_t index,
                               const struct mt_check *check)
{
    const uint32_t number = (uint32_t)(check - memo->checks);
    while (index > 0 && memo->kept[index - 1].check_end > number)
        index--;
    return index;
}

/* The frames from kept frame *index out to `last` are as they were: takes them over as fresh ones,
 * while there is room. All that can be another is their fp where it was free. Sets *index to the
 * first one left, *fp to its fp; returns the new count. */
static uint32_t take_over(struct mt_memo *memo, uint32_t count, uint32_t *index, uint32_t last,
                          uintptr_t *fp)
{
    for (; *index > last && count < mt_walk_depth; --*index) {
        const struct mt_step *from = &memo->kept[*index].step;
        const uintptr_t cfa = memo->kept[*index - 1].step.sp;
        const intptr_t fp_slot = mt_rule_fp_slot(from->rule);
        memo->fresh[count++] = (struct mt_step){from->sp, from->pc, *fp, from->rule};
        if (mt_rule_kind(from->rule) == MT_RULE_DEREF)
            *fp = word_at(*fp + 8 * (uintptr_t)fp_slot);
        else if (fp_slot)
            *fp = word_at(cfa - 8 * (uintptr_t)fp_slot);
    }
    return count;
}

/* Writes down what was read to get from a frame to its caller, at *end; returns the new end. The
 * caller's fp is left out where it does not matter there: a function that keeps a counter in the
 * register would make every comparison fail. */
static inline struct mt_check *add_checks(struct mt_check *end, const struct mt_step *from,
                                          const struct mt_step *caller, int is_fp_free)
{
    const int is_deref = mt_rule_kind(from->rule) == MT_RULE_DEREF;
    const intptr_t fp_slot = mt_rule_fp_slot(from->rule);
    if (!is_fp_free && (fp_slot || is_deref)) {
        const uintptr_t slot =
            is_deref ? from->fp + 8 * (uintptr_t)fp_slot : caller->sp - 8 * (uintptr_t)fp_slot;
        *end++ = (struct mt_check){(const uintptr_t *)slot, caller->fp};
    }
    const uintptr_t *return_at = return_slot(caller->sp, from->rule);
    *end++ = (struct mt_check){return_at, mt_arch_signed(caller->pc, return_at)};
    if (UNLIKELY(is_deref)) {
        const uintptr_t slot = from->fp + 8 * (uintptr_t)mt_rule_offset(from->rule);
        *end++ = (struct mt_check){(const uintptr_t *)slot, caller->sp};
    }
    return end;
}

/* ---- interning ---- */

static unsigned cut_flag(enum mt_stack_end end)
{
    return end == MT_STACK_DEEPER    ? MT_NODE_CUT_DEPTH
           : end == MT_STACK_UNKNOWN ? MT_NODE_CUT_UNKNOWN
                                     : 0;
}

/* Makes the stack of the fresh frames [0..count) on top of the first `kept` kept frames, and keeps
 * it. `outer` is where the step from the outermost fresh frame led, NULL where none was made. */
static uint32_t keep(struct mt_memo *memo, uint32_t count, const struct mt_step *outer,
                     uint32_t kept, enum mt_stack_end end, enum mt_function function)
{
    struct mt_step *const fresh = memo->fresh;
    struct mt_kept_frame *slot = memo->kept + kept;
    uint32_t parent = kept ? slot[-1].node : memo->root;
    int is_fp_free = kept ? slot[-1].fp_is_free : 0;
    struct mt_check *check = memo->checks + (kept ? slot[-1].check_end : 1);
    unsigned flags = kept ? 0 : cut_flag(end);

    /* Void while it is rewritten: a signal handler may leave this function by longjmp. */
    memo->count = 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    for (uint32_t i = count; i-- > 0; slot++) {
        if (LIKELY(outer != NULL))
            check = add_checks(check, &fresh[i], outer, is_fp_free);
        parent = mt_node_intern(fresh[i].pc, mt_node_rest(parent, mt_rule_module(fresh[i].rule),
                                                          i ? MT_FN_UNKNOWN : function, flags));
        if (UNLIKELY(!parent))
            return 0;
        is_fp_free = frees_fp(fresh[i].rule, is_fp_free);
        slot->step = fresh[i];
        slot->step.fp = is_fp_free ? 0 : fresh[i].fp;
        slot->node = parent;
        slot->check_end = (uint16_t)(check - memo->checks);
        slot->fp_is_free = (uint16_t)is_fp_free;
        outer = &fresh[i];
        flags = 0;
    }
    if (!kept) {
        memo->checks[0] = mt_check_first();
        memo->end = end;
        memo->nowhere = end == MT_STACK_UNKNOWN && !mt_rule_module(fresh[count - 1].rule);
    }
    memo->leaf = parent;
    memo->function = function;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    memo->count = kept + count;
    return parent;
}

/* ---- stacks that the rules cannot walk ---- */

struct whole_walk {
    const struct mt_registers *registers;
    const struct mt_frame *caller;
    struct mt_oracle_frame *frames;
    uint32_t count;
    enum mt_stack_end end;
};

static void walk_whole(void *argument)
{
    struct whole_walk *walk = argument;
    walk->count = mt_oracle_walk(walk->registers, walk->caller->pc, walk->caller->sp, walk->frames,
                                 mt_walk_depth, &walk->end);
}

static uint32_t intern_unwound(struct mt_memo *memo, struct whole_walk *walk,
                               enum mt_function function)
{
    if (walk->count == 0) { /* the oracle is gone: what is certain is the first frame */
        memo->unwound[0] = (struct mt_oracle_frame){
            .pc = walk->caller->pc,
            .module = mt_modules_find(walk->caller->pc - 1),
        };
        walk->count = 1;
        walk->end = MT_STACK_UNKNOWN;
    }
    uint32_t node = memo->root;
    unsigned flags = cut_flag(walk->end);
    for (uint32_t i = walk->count; i-- > 0; flags = 0) {
        const struct mt_oracle_frame *frame = &memo->unwound[i];
        flags |= frame->is_exact ? MT_NODE_EXACT_PC : 0;
        node = mt_node_intern(
            frame->pc, mt_node_rest(node, frame->module, i ? MT_FN_UNKNOWN : function, flags));
        if (!node)
            return 0;
    }
    return node;
}

/* By libunwind, from our own frame outwards: for stacks with a signal frame, or one whose place
 * other registers tell. Nothing of it is kept. */
COLD static uint32_t take_by_unwinder(struct mt_memo *memo, const struct mt_frame *caller,
                                      enum mt_function function, int *cut)
{
    struct mt_registers registers;
    struct whole_walk walk = {
        .registers = &registers,
        .caller = caller,
        .frames = memo->unwound,
    };
    memo->count = 0;
    mt_arch_capture(&registers);
    mt_serial_run(walk_whole, &walk);
    const uint32_t node = intern_unwound(memo, &walk, function);
    *cut = walk.end != MT_STACK_COMPLETE;
    return node;
}

uint32_t mt_walk_interrupted(struct mt_memo *memo, const struct mt_registers *registers)
{
    const struct mt_frame at = {.pc = registers->value[MT_REGISTER_PC],
                                .sp = registers->value[MT_REGISTER_SP]};
    struct whole_walk walk = {.registers = registers, .caller = &at, .frames = memo->unwound};
    mt_serial_run(walk_whole, &walk);
    return intern_unwound(memo, &walk, MT_FN_UNKNOWN);
}

/* ---- the walk ---- */

/* Ends the walk at, or leads it on from, a frame whose rule is not a plain STEP. Returns 1 with the
 * caller's frame in *to, or 0 with the node of the finished stack in *ret_node. */
COLD static int go_unusually(struct mt_memo *memo, uint32_t count, const struct mt_frame *caller,
                             enum mt_function function, struct mt_step *to, uint32_t *ret_node,
                             int *cut)
{
    const struct mt_step *from = &memo->fresh[count - 1];
    const enum mt_rule_kind kind = mt_rule_kind(from->rule);
    if (kind == MT_RULE_DEREF && step_through_memory(from, to))
        return 1;
    if (kind == MT_RULE_LAST || kind == MT_RULE_UNKNOWN) {
        *cut = kind == MT_RULE_UNKNOWN;
        *ret_node =
            keep(memo, count, NULL, 0, *cut ? MT_STACK_UNKNOWN : MT_STACK_COMPLETE, function);
    } else {
        *ret_node = take_by_unwinder(memo, caller, function, cut);
    }
    return 0;
}

/* The frame under way is kept in three variables, not in a struct: the compiler would move its
 * words through memory in pairs, and every step waits for the one before. */
__attribute__((noinline, hot)) static uint32_t
walk(struct mt_memo *memo, const struct mt_frame *caller, enum mt_function function, int *cut)
{
    uintptr_t sp = caller->sp;
    uintptr_t pc = caller->pc;
    uintptr_t fp = caller->fp;
    struct mt_step *const fresh = memo->fresh;
    const uint32_t depth = mt_walk_depth;
    uint32_t count = 0;          /* fresh frames */
    uint32_t kept = memo->count; /* kept frames not yet passed */

    for (;;) {
        while (kept && memo->kept[kept - 1].step.sp < sp)
            kept--;
        uint64_t rule;
        /* The innermost frame's node is special: it is met again first, for the same function. */
        const int is_leaf = kept == memo->count;
        if (kept && is_frame(&memo->kept[kept - 1], sp, pc, fp) && is_leaf == (count == 0) &&
            (!is_leaf || memo->function == function)) {
            const struct mt_check *difference = mt_memo_difference(memo, kept - 1);
            if (LIKELY(!difference) && LIKELY(mt_memo_fits(memo, count, kept))) {
                *cut = memo->end != MT_STACK_COMPLETE;
                if (count == 0)
                    return memo->leaf;
                const struct mt_step outer = {sp, pc, fp, memo->kept[kept - 1].step.rule};
                const uint32_t node = keep(memo, count, &outer, kept, memo->end, function);
                if (LIKELY(node))
                    mt_tip_note(memo, kept - 1);
                return node;
            }
            /* What was found equal counts as walked; on from the outermost such frame. */
            kept--;
            const uint32_t last = difference ? frame_of_check(memo, kept, difference) : 0;
            count = take_over(memo, count, &kept, last, &fp);
            if (count == depth)
                break;
            const struct mt_step *step = &memo->kept[kept].step;
            sp = step->sp;
            pc = step->pc;
            rule = kept == 0 && memo->nowhere ? rule_of(pc) : step->rule;
        } else {
            rule = rule_of(pc);
        }
        fresh[count++] = (struct mt_step){sp, pc, fp, rule};

        const uintptr_t base = rule & MT_RULE_BASE_FP ? fp : sp;
        const uintptr_t cfa = base + mt_rule_step_offset(rule) * 8;
        const uintptr_t fp_slot = mt_rule_step_fp_slot(rule);
        if (LIKELY(mt_rule_kind(rule) == MT_RULE_STEP && cfa - sp - 1 < FRAME_BYTES_MAX)) {
            sp = cfa;
            pc = return_address_at(cfa, rule);
            fp = fp_slot ? word_at(cfa - 8 * fp_slot) : fp;
        } else {
            struct mt_step to;
            uint32_t node;
            if (!go_unusually(memo, count, caller, function, &to, &node, cut))
                return node;
            sp = to.sp;
            pc = to.pc;
            fp = to.fp;
        }
        if (UNLIKELY(pc == 0)) { /* a fiber whose maker left no return address */
            const struct mt_step outer = {sp, pc, fp, 0};
            *cut = 0;
            return keep(memo, count, &outer, 0, MT_STACK_COMPLETE, function);
        }
        if (UNLIKELY(count == depth))
            break;
    }
    *cut = 1;
    return keep(memo, count, NULL, 0, MT_STACK_DEEPER, function);
}

/* What is remembered is of code that may be gone, or of an epoch that is over. */
COLD static void forget(struct mt_memo *memo, uint32_t purges)
{
    memo->count = 0;
    mt_tip_forget(memo);
    memo->root = mt_epoch_root(memo->ignores != 0);
    memo->purges = purges;
}

uint32_t mt_walk(struct mt_memo *memo, const struct mt_frame *caller, enum mt_function function,
                 int *cut)
{
    /* Acquire: with the number of a new epoch's purge, its root is seen. */
    const uint32_t purges = __atomic_load_n(&mt_modules.purges, __ATOMIC_ACQUIRE);
    if (UNLIKELY(memo->purges != purges))
        forget(memo, purges);
    const uint32_t node = mt_tip_find(memo, caller, function);
    if (UNLIKELY(!node))
        return walk(memo, caller, function, cut);
    *cut = memo->end != MT_STACK_COMPLETE;
    return node;
}
