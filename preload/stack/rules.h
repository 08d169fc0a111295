/* rules.h: how to get from a frame to its caller's, by return address. One table per process: a
 * rule is learned once, by whichever thread comes first, and read by all without a lock. A rule is
 * one word (rule_word.h), so it is read and replaced whole. */
#ifndef MT_RULES_H
#define MT_RULES_H

#include <stdint.h>
#include "rule_word.h"

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
