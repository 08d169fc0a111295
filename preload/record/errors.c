/* errors.c: takes each misuse that a check has seen; gives a slot for it in the ERRORS extent,
 * which is made with the first, or when the checks begin.
 *
 * The table is open addressed. A slot is claimed by a compare-and-swap of its key, which holds kind
 * and stacks and is never changed: whoever brings the same misuse finds the slot and counts there.
 * The one who claimed it fills it in and stores `kind` last, by release: a reader that sees the
 * kind sees the rest. A signal handler that comes in between, or another thread, counts in a slot
 * that is about to be whole; a process killed in between has not said it. Counters are only added
 * to, and no reader needs two of them to agree, so relaxed order is enough. A full table counts
 * what it loses. All of it is of this process image: a forked child finds mt_process wiped and
 * makes its own. */
#include "errors.h"

#include "extents.h"
#include "process.h"

static struct mt_errors_head *head_of(struct mt_extent *extent)
{
    return (struct mt_errors_head *)(extent + 1);
}

/* NULL where there is no room. */
static struct mt_extent *table(void)
{
    if (!mt_trace_header())
        return NULL;
    struct mt_process *process = mt_process;
    struct mt_extent *present = __atomic_load_n(&process->errors, __ATOMIC_ACQUIRE);
    if (present)
        return present;
    struct mt_extent *made = mt_extent_take_sparse(1);
    if (!made || !mt_extent_back(made, MT_UNIT_BYTES))
        return NULL;
    /* Release: who finds the table finds its zeros. Readers find it once it is published. */
    if (!__atomic_compare_exchange_n(&process->errors, &present, made, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        mt_extent_give_back(made);
        return present;
    }
    mt_extent_publish(made, MT_EXTENT_ERRORS, 1, 0, 0);
    return made;
}

int mt_errors_start(uint32_t checks)
{
    struct mt_extent *extent = table();
    if (extent)
        __atomic_fetch_or(&head_of(extent)->checks, checks, __ATOMIC_RELAXED);
    return extent != NULL;
}

/* All but what others may have begun to count already. */
static void fill_in(struct mt_misuse *slot, const struct mt_misuse *misuse, uint64_t now_ms)
{
    slot->first_ms = now_ms;
    slot->address = misuse->address;
    slot->block = misuse->block;
    slot->block_bytes = misuse->block_bytes;
    slot->bytes = misuse->bytes;
    slot->freed_ms = misuse->freed_ms;
    slot->stack = misuse->stack;
    slot->allocated = misuse->allocated;
    slot->freed = misuse->freed;
    slot->detail = misuse->detail;
    slot->tid = misuse->tid;
    slot->thread = misuse->thread;
    slot->freed_thread = misuse->freed_thread;
    slot->function = misuse->function;
    slot->freed_function = misuse->freed_function;
    slot->place = misuse->place;
    slot->flags = misuse->flags;
    __atomic_store_n(&slot->kind, misuse->kind, __ATOMIC_RELEASE);
}

/* The slot of this misuse, filled in if it is the first; NULL where all are taken by others. */
static struct mt_misuse *find(struct mt_extent *extent, const struct mt_misuse *misuse,
                              uint64_t now_ms, int *ret_is_first)
{
    struct mt_misuse *slots = (struct mt_misuse *)extent;
    const uint64_t key = mt_misuse_key(misuse->kind, misuse->stack, misuse->allocated);
    const uint32_t start = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 40);
    for (uint32_t i = 0; i < MT_MISUSE_SLOTS; i++) {
        const uint32_t at = (start + i) % MT_MISUSE_SLOTS;
        if (at == 0) /* the head of the extent lies there */
            continue;
        uint64_t present = 0;
        if (__atomic_compare_exchange_n(&slots[at].key, &present, key, 0, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            __atomic_fetch_add(&extent->used, 1, __ATOMIC_RELAXED);
            fill_in(&slots[at], misuse, now_ms);
            *ret_is_first = 1;
            present = key;
        }
        if (present == key)
            return &slots[at];
    }
    return NULL;
}

int mt_errors_note_in(struct mt_extent *extent, const struct mt_misuse *misuse, uint64_t now_ms)
{
    int is_first = 0;
    struct mt_misuse *slot = find(extent, misuse, now_ms, &is_first);
    if (!slot) {
        __atomic_fetch_add(&head_of(extent)->lost, 1, __ATOMIC_RELAXED);
        return 0;
    }
    __atomic_fetch_add(&slot->count, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->last_ms, now_ms, __ATOMIC_RELAXED);
    return is_first;
}

int mt_errors_note(const struct mt_misuse *misuse)
{
    struct mt_extent *extent = table();
    return extent ? mt_errors_note_in(extent, misuse, mt_process_now_ms()) : 0;
}

void mt_errors_blind(void)
{
    struct mt_extent *extent = table();
    if (extent)
        __atomic_fetch_add(&head_of(extent)->blind, 1, __ATOMIC_RELAXED);
}

void mt_errors_totals(uint64_t *ret_different, uint64_t *ret_times)
{
    struct mt_process *process = mt_process;
    struct mt_extent *extent = process ? __atomic_load_n(&process->errors, __ATOMIC_ACQUIRE) : NULL;
    *ret_different = *ret_times = 0;
    if (!extent)
        return;
    const struct mt_misuse *slots = (const struct mt_misuse *)extent;
    for (uint32_t at = 1; at < MT_MISUSE_SLOTS; at++) {
        *ret_different += slots[at].kind != MT_MISUSE_NONE;
        *ret_times += slots[at].count;
    }
    const uint64_t lost = __atomic_load_n(&head_of(extent)->lost, __ATOMIC_RELAXED);
    *ret_different += lost != 0;
    *ret_times += lost;
}
