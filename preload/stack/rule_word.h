/* rule_word.h: a rule in one word: how to get from a frame to its caller's. Slots and offsets are
 * counted in words of 8 bytes.
 *
 * STEP:  CFA = base + offset, base is sp or, with MT_RULE_BASE_FP, fp; the return address lies at
 *        CFA - return slot; the caller's fp at CFA - fp slot, or is unchanged where the fp slot
 *        is 0.
 * DEREF: CFA = *(fp + offset), caller's fp at fp + fp slot, both signed: what gcc makes of
 * functions with over-aligned locals. Return address as before. LAST:  the outermost frame of a
 * complete stack (_start, the start of a thread). UNKNOWN: no unwind information: the stack ends
 * here, incomplete. OTHER: only libunwind, with all registers, knows.
 *
 * x86-64: the call instruction leaves the return address below the CFA, so it has no field.
 *
 *    63   56 55   52 51 48 47                24 23      16 15          0
 *   +-------+-------+-----+--------------------+----------+-------------+
 *   | kind  | flags | 0   | offset             | fp slot  | module id   |
 *   +-------+-------+-----+--------------------+----------+-------------+
 *
 * aarch64: the called function puts the return address where it likes, mostly beside the caller's
 * fp, at the low end of its frame (gcc) or at the high one (clang); so a STEP's fp slot is told by
 * its distance from the return slot.
 *
 *    63   61 60     59         40 39            22 21         16 15          0
 *   +-------+------+-------------+----------------+-------------+-------------+
 *   | kind  | base | offset      | return slot    | fp distance | module id   |
 *   +-------+------+-------------+----------------+-------------+-------------+
 */
#ifndef MT_RULE_WORD_H
#define MT_RULE_WORD_H

#include <stdint.h>

enum mt_rule_kind {
    MT_RULE_NONE = 0, /* not in the table, or not to be trusted any more */
    MT_RULE_STEP,
    MT_RULE_DEREF,
    MT_RULE_LAST,
    MT_RULE_UNKNOWN,
    MT_RULE_OTHER,
};

static inline uint32_t mt_rule_module(uint64_t rule)
{
    return (uint16_t)rule;
}

#if defined(__x86_64__)

#define MT_RULE_BASE_FP (UINT64_C(1) << 52)
enum {
    MT_RULE_FP_SLOT_SHIFT = 16, /* 8 bits */
    MT_RULE_OFFSET_SHIFT = 24,  /* 24 bits */
    MT_RULE_KIND_SHIFT = 56,
    MT_RULE_FP_SLOT_MAX = 127,
    MT_RULE_OFFSET_MAX = (1 << 23) - 1,
    MT_RULE_RETURN_SLOT = 1, /* always */
};

/* Of a STEP, which has no negative numbers. */
static inline uintptr_t mt_rule_step_offset(uint64_t rule)
{
    return rule >> MT_RULE_OFFSET_SHIFT & 0xffffff;
}

static inline uintptr_t mt_rule_step_fp_slot(uint64_t rule)
{
    return rule >> MT_RULE_FP_SLOT_SHIFT & 0xff;
}

/* Of a STEP or a DEREF. */
static inline uintptr_t mt_rule_return_slot(uint64_t rule)
{
    (void)rule;
    return MT_RULE_RETURN_SLOT;
}

static inline intptr_t mt_rule_offset(uint64_t rule)
{
    return (int32_t)(rule >> MT_RULE_OFFSET_SHIFT << 8) >> 8;
}

static inline intptr_t mt_rule_fp_slot(uint64_t rule)
{
    return (int8_t)(rule >> MT_RULE_FP_SLOT_SHIFT);
}

#elif defined(__aarch64__)

#define MT_RULE_BASE_FP (UINT64_C(1) << 60)
enum {
    MT_RULE_FP_SLOT_SHIFT = 16,     /* 6 bits, signed: of a DEREF the slot itself */
    MT_RULE_RETURN_SLOT_SHIFT = 22, /* 18 bits */
    MT_RULE_OFFSET_SHIFT = 40,      /* 20 bits */
    MT_RULE_KIND_SHIFT = 61,
    MT_RULE_FP_SLOT_MAX = 31,
    MT_RULE_RETURN_SLOT_MAX = (1 << 18) - 1,
    MT_RULE_OFFSET_MAX = (1 << 19) - 1,
};

static inline uintptr_t mt_rule_step_offset(uint64_t rule)
{
    return rule >> MT_RULE_OFFSET_SHIFT & 0xfffff;
}

static inline uintptr_t mt_rule_return_slot(uint64_t rule)
{
    return rule >> MT_RULE_RETURN_SLOT_SHIFT & MT_RULE_RETURN_SLOT_MAX;
}

static inline intptr_t mt_rule_fp_field(uint64_t rule)
{
    return (int8_t)(rule >> MT_RULE_FP_SLOT_SHIFT << 2) >> 2;
}

static inline uintptr_t mt_rule_step_fp_slot(uint64_t rule)
{
    const intptr_t distance = mt_rule_fp_field(rule);
    return distance ? mt_rule_return_slot(rule) + (uintptr_t)distance : 0;
}

static inline intptr_t mt_rule_offset(uint64_t rule)
{
    return (int32_t)(rule >> MT_RULE_OFFSET_SHIFT << 12) >> 12;
}

static inline intptr_t mt_rule_fp_slot(uint64_t rule)
{
    return rule >> MT_RULE_KIND_SHIFT == MT_RULE_DEREF ? mt_rule_fp_field(rule)
                                                       : (intptr_t)mt_rule_step_fp_slot(rule);
}

#endif

static inline enum mt_rule_kind mt_rule_kind(uint64_t rule)
{
    return (enum mt_rule_kind)(rule >> MT_RULE_KIND_SHIFT);
}

uint64_t mt_rule_of_kind(enum mt_rule_kind kind, uint32_t module);

/* MT_RULE_NONE where a number is none that the word has room for. */
uint64_t mt_rule_step(uint32_t module, int base_is_fp, intptr_t offset, intptr_t return_slot,
                      intptr_t fp_slot);
uint64_t mt_rule_deref(uint32_t module, intptr_t offset, intptr_t return_slot, intptr_t fp_slot);

#endif
