/* rules.c: the table from return address to rule. Insert only: a pc never leaves its slot, and its
 * rule is one word that is replaced whole, so readers need no lock and never see half of anything.
 * Writers come one at a time. When all slots a pc may take in one table are full the next, larger
 * table is asked; the first is enough for ordinary programs. Kept over fork: the child runs the
 * same code. */
#include "rules.h"

#include <stddef.h>
#include "memory.h"

enum { TABLES = 4 };

struct mt_rule_entry mt_rules_first[(1 << MT_RULES_FIRST_BITS) + MT_RULES_PROBES];
static struct mt_rule_entry *tables[TABLES] = {mt_rules_first}; /* set once, by release */

static unsigned table_bits(int table)
{
    return MT_RULES_FIRST_BITS + 4 * (unsigned)table;
}

/* The slot of pc in one table, or the first free one it may take, or NULL. */
static struct mt_rule_entry *find_slot(struct mt_rule_entry *slots, int table, uintptr_t pc)
{
    struct mt_rule_entry *entry = slots + (mt_rules_hash(pc) >> (64 - table_bits(table)));
    for (int i = 0; i < MT_RULES_PROBES; i++, entry++) {
        /* Acquire: whoever sees the pc sees the rule that was stored before it. */
        const uintptr_t found = __atomic_load_n(&entry->pc, __ATOMIC_ACQUIRE);
        if (found == pc || found == 0)
            return entry;
    }
    return NULL;
}

uint64_t mt_rules_find_slowly(uintptr_t pc)
{
    for (int i = 0; i < TABLES; i++) {
        struct mt_rule_entry *slots = __atomic_load_n(&tables[i], __ATOMIC_ACQUIRE);
        if (!slots)
            return 0;
        const struct mt_rule_entry *entry = find_slot(slots, i, pc);
        if (entry && __atomic_load_n(&entry->pc, __ATOMIC_ACQUIRE) == pc)
            return __atomic_load_n(&entry->rule, __ATOMIC_RELAXED);
        if (entry) /* free: it would stand here or further in front */
            return 0;
    }
    return 0;
}

static struct mt_rule_entry *make_table(int table)
{
    const size_t slots = ((size_t)1 << table_bits(table)) + MT_RULES_PROBES;
    struct mt_rule_entry *made = mt_map_kept(slots * sizeof *made);
    /* Release: readers that see the table see it zeroed. */
    __atomic_store_n(&tables[table], made, __ATOMIC_RELEASE);
    return made;
}

void mt_rules_put(uintptr_t pc, uint64_t rule)
{
    for (int i = 0; i < TABLES; i++) {
        struct mt_rule_entry *slots = tables[i] ? tables[i] : make_table(i);
        if (!slots)
            return;
        struct mt_rule_entry *entry = find_slot(slots, i, pc);
        if (!entry)
            continue;
        /* The rule before the pc (release): a reader that finds the pc finds a whole rule. */
        __atomic_store_n(&entry->rule, rule, __ATOMIC_RELAXED);
        __atomic_store_n(&entry->pc, pc, __ATOMIC_RELEASE);
        return;
    }
}

void mt_rules_forget(int (*is_gone)(uint32_t module))
{
    for (int i = 0; i < TABLES && tables[i]; i++) {
        const size_t slots = ((size_t)1 << table_bits(i)) + MT_RULES_PROBES;
        for (struct mt_rule_entry *entry = tables[i]; entry < tables[i] + slots; entry++) {
            if (entry->pc && is_gone(mt_rule_module(entry->rule)))
                __atomic_store_n(&entry->rule, 0, __ATOMIC_RELAXED);
        }
    }
}
