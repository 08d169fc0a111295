/* walk_test.c: walks over made-up stacks whose frames are known because the test built them. Few
 * return addresses and small frames make stacks that are alike in part, again and again, which is
 * what the memo must not be deceived by. */
#include <string.h>
#include <sys/mman.h>
#include "modules.h"
#include "nodes.h"
#include "rules.h"
#include "unit.h"
#include "walk.h"

enum {
    REGIONS = 2,
    REGION_WORDS = 1024,
    FRAMES_MAX = 14,
    KINDS = 9, /* see rules_of_kinds */
    PCS_OF_A_KIND = 2,
    OUTER_MODULE = 4, /* of outermost frames: stays where others go */
    ROUNDS = 400000,
};

struct built_frame {
    uintptr_t pc, sp, fp;
    uint32_t module;
    unsigned flags;
};

static struct {
    uintptr_t *words;                      /* the region */
    struct built_frame frames[FRAMES_MAX]; /* outermost first */
    uint32_t count;
} stacks[REGIONS];

static struct mt_memo memo;
static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % limit;
}

/* Frames by their rule. What the numbers mean for the frame's words stands in add_frame. */
enum kind { SHORT, SAVES, SAVES_LOW, WIDE, BY_FP, BY_FP_WIDE, BY_MEMORY, LAST, UNKNOWN };

static uintptr_t pc_of(enum kind kind, uint32_t variant)
{
    return 0x10000 + (uintptr_t)kind * 256 + variant * 16;
}

/* Where a frame of the kind has its return address: on x86-64 there is no choice. */
static intptr_t return_slot_of(enum kind kind)
{
#if defined(__aarch64__)
    static const intptr_t slots[] = {[SHORT] = 1, [SAVES] = 1,      [SAVES_LOW] = 3, [WIDE] = 5,
                                     [BY_FP] = 1, [BY_FP_WIDE] = 3, [BY_MEMORY] = 2};
    return slots[kind];
#else
    (void)kind;
    return 1;
#endif
}

static uint64_t step_of(enum kind kind, uint32_t module, int base_is_fp, intptr_t offset,
                        intptr_t fp_slot)
{
    return mt_rule_step(module, base_is_fp, offset, return_slot_of(kind), fp_slot);
}

static void put_rules(uint32_t module)
{
    const uint64_t rules_of_kinds[KINDS] = {
        [SHORT] = step_of(SHORT, module, 0, 1, 0),
        [SAVES] = step_of(SAVES, module, 0, 4, 2),
        [SAVES_LOW] = step_of(SAVES_LOW, module, 0, 4, 4),
        [WIDE] = step_of(WIDE, module, 0, 6, 0),
        [BY_FP] = step_of(BY_FP, module, 1, 2, 2),
        [BY_FP_WIDE] = step_of(BY_FP_WIDE, module, 1, 3, 2),
        [BY_MEMORY] = mt_rule_deref(module, -1, return_slot_of(BY_MEMORY), 0),
        [LAST] = mt_rule_of_kind(MT_RULE_LAST, OUTER_MODULE),
        [UNKNOWN] = mt_rule_of_kind(MT_RULE_UNKNOWN, OUTER_MODULE),
    };
    for (int kind = 0; kind < KINDS; kind++) {
        for (uint32_t variant = 0; variant < PCS_OF_A_KIND; variant++)
            mt_rules_put(pc_of(kind, variant), rules_of_kinds[kind]);
    }
}

static void store(uintptr_t address, uintptr_t value)
{
    *(uintptr_t *)address = value;
}

/* As a function that signs its return address leaves it on the stack; on x86-64 none does. */
static uintptr_t with_signature(uintptr_t pc)
{
#if defined(__aarch64__)
    return pc | (pc / 16 % 5) << 50;
#else
    return pc;
#endif
}

/* A value a function may have in its frame pointer when it uses it for something else: often one
 * that looks right. */
static uintptr_t some_fp(uintptr_t sp)
{
    return below(2) ? sp + 8 * below(8) : below(3);
}

/* Puts a frame below `caller` in memory, as if the caller had called it. */
static struct built_frame add_frame(const struct built_frame *caller, enum kind kind)
{
    const uintptr_t cfa = caller->sp;
    struct built_frame frame = {.pc = pc_of(kind, below(PCS_OF_A_KIND)), .fp = caller->fp};
    store(cfa - 8 * (uintptr_t)return_slot_of(kind), with_signature(caller->pc));
    switch (kind) {
    case SHORT:
        frame.sp = cfa - 8;
        break;
    case WIDE:
        frame.sp = cfa - 48;
        break;
    case SAVES:
    case SAVES_LOW:
        store(cfa - (kind == SAVES ? 16 : 32), caller->fp);
        frame.sp = cfa - 32;
        frame.fp = some_fp(frame.sp);
        break;
    case BY_FP:
    case BY_FP_WIDE:
        frame.fp = cfa - (kind == BY_FP ? 16 : 24);
        store(cfa - 16, caller->fp);
        frame.sp = cfa - 24 - 8 * below(3); /* alloca */
        break;
    default:                                /* BY_MEMORY */
        frame.fp = cfa - 24 - 8 * below(2); /* over-aligned */
        store(frame.fp - 8, cfa);
        store(frame.fp, caller->fp);
        frame.sp = frame.fp - 16;
        break;
    }
    return frame;
}

/* Builds a stack anew from frame `from` of the last one inwards. */
static void build(uint32_t region, uint32_t from, uint32_t module)
{
    const uint32_t count = 1 + below(FRAMES_MAX);
    stacks[region].count = count;
    struct built_frame *frames = stacks[region].frames;
    for (uint32_t i = from; i < count; i++) {
        if (i == 0) {
            const enum kind kind = below(4) ? LAST : UNKNOWN;
            const uintptr_t top = (uintptr_t)(stacks[region].words + REGION_WORDS - 16);
            frames[0] = (struct built_frame){
                .pc = pc_of(kind, below(PCS_OF_A_KIND)),
                .sp = top - 8 * below(3),
                .fp = below(2) * 4096,
                .flags = kind == LAST ? 0 : MT_NODE_CUT_UNKNOWN,
            };
        } else {
            frames[i] = add_frame(&frames[i - 1], below(LAST));
        }
    }
    frames[0].module = OUTER_MODULE;
    for (uint32_t i = 1; i < count; i++)
        frames[i].module = module;
}

/* Like ck_assert, which tells its parent of every passed one: too slow for this many. */
#define HOLD(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("%s", #condition);                                                        \
    } while (0)

/* Walks and compares with what was built. */
static void walk_and_compare(uint32_t region)
{
    const struct built_frame *frames = stacks[region].frames;
    const uint32_t count = stacks[region].count;
    const struct built_frame *inner = &frames[count - 1];
    const struct mt_frame caller = {inner->pc, inner->sp, inner->fp};
    const enum mt_function function = below(8) ? MT_FN_MALLOC : MT_FN_CALLOC;
    const uint32_t kept = count < mt_walk_depth ? count : mt_walk_depth;
    int cut = -1;
    uint32_t id = mt_walk(&memo, &caller, function, &cut);
    for (uint32_t i = 0; i < kept; i++) {
        const struct built_frame *frame = &frames[count - 1 - i];
        HOLD(id != 0);
        const struct mt_node *node = mt_node_at(id);
        const unsigned flags = i + 1 < kept ? 0 : kept < count ? MT_NODE_CUT_DEPTH : frame->flags;
        HOLD(node->pc == frame->pc);
        HOLD(node->module == frame->module);
        HOLD(node->function == (i == 0 ? (unsigned)function : 0));
        HOLD(node->flags == flags);
        id = node->parent;
    }
    HOLD(id == 0);
    HOLD(cut == (kept < count || frames[0].flags != 0));
}

static void map_regions(void)
{
#if defined(__aarch64__)
    mt_arch_address_bits = (UINT64_C(1) << 48) - 1;
#endif
    for (int i = 0; i < REGIONS; i++) {
        stacks[i].words = mmap(NULL, REGION_WORDS * 8, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(stacks[i].words, MAP_FAILED);
    }
}

/* Builds one of a few ends, the same each time, on what is left of the last stack. */
static void build_again(uint32_t region, uint32_t module)
{
    enum { ENDS = 24 };
    const uint32_t from = below(4);
    const uint64_t seed = (1 + below(ENDS)) * UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t before = random_state;
    random_state = seed;
    build(region, from < stacks[region].count ? from : stacks[region].count, module);
    random_state = before;
}

static void walk_many(uint32_t rounds)
{
    uint32_t region = 0;
    map_regions();
    put_rules(5);
    build(0, 0, 5);
    build(1, 0, 5);
    for (uint32_t i = 0; i < rounds; i++) {
        /* The stack that is not walked may be gone: reading it would end the test. */
        if (below(50) == 0) {
            mprotect(stacks[region].words, REGION_WORDS * 8, PROT_NONE);
            region ^= 1;
            mprotect(stacks[region].words, REGION_WORDS * 8, PROT_READ | PROT_WRITE);
        }
        if (below(3))
            build(region, below(stacks[region].count + 1), 5);
        if (below(2))
            build_again(region, 5);
        walk_and_compare(region);
    }
}

START_TEST(stacks_that_are_alike_are_told_apart)
{
    mt_walk_depth = MT_DEPTH_LIMIT;
    walk_many(ROUNDS);
}
END_TEST

START_TEST(a_depth_limit_cuts_at_ever_other_frames)
{
    mt_walk_depth = 5;
    walk_many(ROUNDS / 2);
}
END_TEST

START_TEST(a_depth_of_one_keeps_the_caller)
{
    mt_walk_depth = 1;
    walk_many(ROUNDS / 10);
}
END_TEST

START_TEST(a_purge_voids_what_is_kept)
{
    map_regions();
    for (uint32_t module = 5; module < 30; module++) {
        /* Another module has the addresses now. */
        put_rules(module);
        for (uint32_t i = 1; i < stacks[0].count; i++)
            stacks[0].frames[i].module = module;
        mt_modules.purges++;
        for (int i = 0; i < 500; i++) {
            build_again(0, module);
            walk_and_compare(0);
        }
    }
}
END_TEST

START_TEST(a_return_address_of_zero_ends_a_complete_stack)
{
    map_regions();
    put_rules(5);
    const uintptr_t top = (uintptr_t)(stacks[0].words + 512);
    const struct mt_frame caller = {pc_of(SAVES, 0), top - 32, 7};
    store(top - 8, 0);
    for (int i = 0; i < 3; i++) {
        int cut = -1;
        const uint32_t id = mt_walk(&memo, &caller, MT_FN_MALLOC, &cut);
        ck_assert_int_eq(cut, 0);
        ck_assert_uint_eq(mt_node_at(id)->pc, caller.pc);
        ck_assert_uint_eq(mt_node_at(id)->parent, 0);
        ck_assert_uint_eq(mt_node_at(id)->flags, 0);
    }
    /* And is part of what is checked. */
    const struct built_frame outermost = {.pc = pc_of(LAST, 1), .sp = top};
    store(top - 8, outermost.pc);
    int cut = -1;
    const uint32_t id = mt_walk(&memo, &caller, MT_FN_MALLOC, &cut);
    ck_assert_uint_eq(mt_node_at(mt_node_at(id)->parent)->pc, outermost.pc);
}
END_TEST

MT_UNIT_TESTS("walk", stacks_that_are_alike_are_told_apart, a_depth_limit_cuts_at_ever_other_frames,
              a_depth_of_one_keeps_the_caller, a_purge_voids_what_is_kept,
              a_return_address_of_zero_ends_a_complete_stack)
