/* rules.h: how to get from a frame to its caller's, by return address. One table per process: a
 * rule is learned once, by whichever thread comes first, and read by all without a lock.
 *
 * A rule is one word, so it is read and replaced whole:
 *
 *    63   56 55   52 51 48 47                24 23      16 15          0
 *   +-------+-------+-----+--------------------+----------+-------------+
 *   | kind  | flags | 0   | CFA offset, words  | fp slot  | module id   |
 *   +-------+-------+-----+--------------------+----------+-------------+
 *
 * STEP:  CFA = base + 8 * offset, base is sp or, with MT_RULE_BASE_FP, fp; the return address lies
 *        at CFA + MT_RETURN_SLOT; the caller's fp at CFA - 8 * (fp slot), or is unchanged where
 *        the fp slot is 0.
 * DEREF: CFA = *(fp + 8 * offset), caller's fp at fp + 8 * (fp slot), both signed: what gcc makes
 *        of functions with over-aligned locals. Return address as before.
 * LAST:  the outermost frame of a complete stack (_start, the start of a thread).
 * UNKNOWN: no unwind information: the stack ends here, incomplete.
 * OTHER: only libunwind, with all registers, knows.
 */
#ifndef MT_RULES_H
#define MT_RULES_H

#include <stdint.h>

enum mt_rule_kind {
    MT_RULE_NONE = 0, /* not in the table, or not to be trusted any more */
    MT_RULE_STEP,
    MT_RULE_DEREF,
    MT_RULE_LAST,
    MT_RULE_UNKNOWN,
    MT_RULE_OTHER,
};

#define MT_RULE_BASE_FP (UINT64_C(1) << 52)
enum {
    MT_RULE_MODULE_BITS = 16,
    MT_RULE_FP_SLOT_SHIFT = 16, /* 8 bits */
    MT_RULE_OFFSET_SHIFT = 24,  /* 24 bits */
    MT_RULE_KIND_SHIFT = 56,
    MT_RULE_FP_SLOT_MAX = 127,
    MT_RULE_OFFSET_MAX = (1 << 23) - 1,
};

static inline enum mt_rule_kind mt_rule_kind(uint64_t rule)
{
    return (enum mt_rule_kind)(rule >> MT_RULE_KIND_SHIFT);
}

static inline uint32_t mt_rule_module(uint64_t rule)
{
    return (uint16_t)rule;
}

/* In words, signed; a STEP's are never negative. */
static inline intptr_t mt_rule_offset(uint64_t rule)
{
    return (int32_t)(rule >> MT_RULE_OFFSET_SHIFT << 8) >> 8;
}

static inline intptr_t mt_rule_fp_slot(uint64_t rule)
{
    return (int8_t)(rule >> MT_RULE_FP_SLOT_SHIFT);
}

uint64_t mt_rule_of_kind(enum mt_rule_kind kind, uint32_t module);
uint64_t mt_rule_step(uint32_t module, int base_is_fp, intptr_t offset_words, intptr_t fp_slot);
uint64_t mt_rule_deref(uint32_t module, intptr_t offset_words, intptr_t fp_slot);

/* ---- the table ---- */

struct mt_rule_entry {
    uintptr_t pc; /* 0: free. Never changes once set */
    uint64_t rule;
};

enum {
    MT_RULES_FIRST_BITS = 15, /* slots of the first table; each further one has 16 times more */
    MT_RULES_PROBES = 8,      /* slots looked at in each table */
};

extern struct mt_rule_entry mt_rules_first[(1 << MT_RULES_FIRST_BITS) + MT_RULES_PROBES];

static inline uint64_t mt_rules_hash(uintptr_t pc)
{
    return pc * UINT64_C(0x9e3779b97f4a7c15);
}

uint64_t mt_rules_find_slowly(uintptr_t pc);

/* The rule of a return address, or 0 (MT_RULE_NONE). Lock-free, any thread. */
static inline uint64_t mt_rules_find(uintptr_t pc)
{
    const struct mt_rule_entry *entry =
        &mt_rules_first[mt_rules_hash(pc) >> (64 - MT_RULES_FIRST_BITS)];
    /* Acquire: the writer stores the rule before the pc. */
    if (__builtin_expect(__atomic_load_n(&entry->pc, __ATOMIC_ACQUIRE) == pc, 1))
        return __atomic_load_n(&entry->rule, __ATOMIC_RELAXED);
    return mt_rules_find_slowly(pc);
}

/* Adds or replaces a rule. One writer at a time (the serial section). Where there is no memory for
 * a larger table the rule is not kept. */
void mt_rules_put(uintptr_t pc, uint64_t rule);

/* Takes back the rules of modules for which is_gone says so. One writer at a time. */
void mt_rules_forget(int (*is_gone)(uint32_t module));

#endif
