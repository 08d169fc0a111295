/* churn.c: takes each release of a block that was a mapping of its own, and of an anonymous
 * mapping; gives sums per stack in a CHURN extent. The table is made at the first such release and
 * open addressed: a slot is claimed once, by a compare-and-swap of its stack, and never given up,
 * so that counting is two additions. It is far from the hot path: each call is followed by a system
 * call that unmaps.
 *
 * A full table counts no further sites. Those that come again and again, which are what is looked
 * for, have most likely come before the thousand that came once. */
#include "churn.h"

#include "extents.h"
#include "memtrace/trace_system.h"
#include "process.h"

static struct mt_extent *table(void)
{
    struct mt_process *process = mt_process;
    struct mt_extent *present = __atomic_load_n(&process->churn, __ATOMIC_ACQUIRE);
    if (present)
        return present;
    struct mt_extent *made = mt_extent_take(1);
    if (!made)
        return NULL;
    /* Release: who finds the table finds its head, and is found by readers. */
    if (!__atomic_compare_exchange_n(&process->churn, &present, made, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        mt_extent_give_back(made);
        return present;
    }
    mt_extent_publish(made, MT_EXTENT_CHURN, 1, 0, 0);
    return made;
}

/* Claims an empty slot for `stack`, unless another thread does so for another stack. Whoever claims
 * it, the time is that of both. */
static uint32_t claim(struct mt_extent *extent, struct mt_churn *slot, uint32_t stack)
{
    uint32_t present = 0;
    __atomic_store_n(&slot->first_ms, mt_process_now_ms(), __ATOMIC_RELAXED);
    if (__atomic_compare_exchange_n(&slot->stack, &present, stack, 0, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED)) {
        __atomic_fetch_add(&extent->used, 1, __ATOMIC_RELAXED);
        return stack;
    }
    return present;
}

static struct mt_churn *find(struct mt_extent *extent, uint32_t stack)
{
    struct mt_churn *slots = (struct mt_churn *)extent;
    const uint32_t start = stack * 2654435761u >> 22; /* 10 bits: Knuth, TAOCP 6.4 */
    for (uint32_t i = 0; i < MT_CHURN_SLOTS; i++) {
        const uint32_t at = (start + i) % MT_CHURN_SLOTS;
        if (at == 0) /* the head of the extent lies there */
            continue;
        uint32_t present = __atomic_load_n(&slots[at].stack, __ATOMIC_RELAXED);
        if (!present)
            present = claim(extent, &slots[at], stack);
        if (present == stack)
            return &slots[at];
    }
    return NULL;
}

void mt_churn_count(uint32_t stack, uint64_t bytes)
{
    struct mt_extent *extent = table();
    struct mt_churn *slot = extent ? find(extent, stack) : NULL;
    if (!slot)
        return;
    __atomic_fetch_add(&slot->rounds, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&slot->bytes, bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->last_ms, mt_process_now_ms(), __ATOMIC_RELAXED);
    uint64_t largest = __atomic_load_n(&slot->largest_bytes, __ATOMIC_RELAXED);
    while (bytes > largest && !__atomic_compare_exchange_n(&slot->largest_bytes, &largest, bytes, 1,
                                                           __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}
