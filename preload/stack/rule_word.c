/* rule_word.c: takes the numbers of a rule, gives its word. See rule_word.h. */
#include "rule_word.h"

uint64_t mt_rule_of_kind(enum mt_rule_kind kind, uint32_t module)
{
    return (uint64_t)kind << MT_RULE_KIND_SHIFT | (uint16_t)module;
}

static int is_within(intptr_t number, intptr_t low, intptr_t high)
{
    return number >= low && number <= high;
}

#if defined(__x86_64__)

static uint64_t with_numbers(enum mt_rule_kind kind, uint32_t module, intptr_t offset,
                             intptr_t return_slot, intptr_t fp_slot)
{
    if (return_slot != MT_RULE_RETURN_SLOT ||
        !is_within(fp_slot, -MT_RULE_FP_SLOT_MAX, MT_RULE_FP_SLOT_MAX))
        return MT_RULE_NONE;
    return mt_rule_of_kind(kind, module) | (uint64_t)(uint8_t)fp_slot << MT_RULE_FP_SLOT_SHIFT |
           ((uint64_t)offset & 0xffffff) << MT_RULE_OFFSET_SHIFT;
}

#elif defined(__aarch64__)

static uint64_t with_numbers(enum mt_rule_kind kind, uint32_t module, intptr_t offset,
                             intptr_t return_slot, intptr_t fp_slot)
{
    const intptr_t field = kind == MT_RULE_STEP && fp_slot ? fp_slot - return_slot : fp_slot;
    if (!is_within(return_slot, 1, MT_RULE_RETURN_SLOT_MAX) ||
        !is_within(field, -MT_RULE_FP_SLOT_MAX, MT_RULE_FP_SLOT_MAX) || (fp_slot && !field))
        return MT_RULE_NONE;
    return mt_rule_of_kind(kind, module) | ((uint64_t)field & 63) << MT_RULE_FP_SLOT_SHIFT |
           (uint64_t)return_slot << MT_RULE_RETURN_SLOT_SHIFT |
           ((uint64_t)offset & 0xfffff) << MT_RULE_OFFSET_SHIFT;
}

#endif

uint64_t mt_rule_step(uint32_t module, int base_is_fp, intptr_t offset, intptr_t return_slot,
                      intptr_t fp_slot)
{
    if (!is_within(offset, 1, MT_RULE_OFFSET_MAX) || fp_slot < 0)
        return MT_RULE_NONE;
    const uint64_t rule = with_numbers(MT_RULE_STEP, module, offset, return_slot, fp_slot);
    return rule && base_is_fp ? rule | MT_RULE_BASE_FP : rule;
}

uint64_t mt_rule_deref(uint32_t module, intptr_t offset, intptr_t return_slot, intptr_t fp_slot)
{
    if (!is_within(offset, -MT_RULE_OFFSET_MAX, MT_RULE_OFFSET_MAX))
        return MT_RULE_NONE;
    return with_numbers(MT_RULE_DEREF, module, offset, return_slot, fp_slot);
}
