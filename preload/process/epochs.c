/* epochs.c: numbers the epochs and gives each its root in the stack tree. See epochs.h.
 *
 * An epoch is begun under a lock, so numbers, facts and roots follow each other. A stack that is
 * taken at that very moment by another thread may belong to either epoch: the program has not
 * ordered the two. */
#include "epochs.h"

#include <string.h>
#include "facts.h"
#include "modules.h"
#include "nodes.h"
#include "process.h"
#include "sys.h"

enum {
    NAME_BYTES_MAX = 255,
    TRIES_MAX = 1000, /* a fact waits for another appender, never for one this thread interrupted */
};

static void say(uint32_t number, enum mt_epoch_kind kind, uint32_t scope, const char *name)
{
    const struct mt_epoch epoch = {
        .number = number,
        .kind = kind,
        .scope = scope,
        .tid = (uint32_t)mt_sys(SYS_gettid),
        .ms = mt_process_now_ms(),
    };
    const size_t name_bytes = name ? strnlen(name, NAME_BYTES_MAX) : 0;
    for (int i = 0; i < TRIES_MAX; i++) {
        if (mt_fact_append(MT_FACT_EPOCH, &epoch, sizeof epoch, name, name_bytes))
            return;
        mt_sys(SYS_sched_yield);
    }
    __atomic_fetch_add(&mt_process->header->lost_facts, 1, __ATOMIC_RELAXED);
}

uint32_t mt_epoch_begin(enum mt_epoch_kind kind, uint32_t scope, const char *name)
{
    struct mt_epochs *epochs = &mt_process->epochs;
    uint64_t signals;
    if (!mt_lock_take(&epochs->lock, &signals))
        return 0;
    const uint32_t number = epochs->number + 1;
    say(number, kind, scope, name);
    /* Release: whoever finds its memo void sees the number. */
    __atomic_store_n(&epochs->number, number, __ATOMIC_RELEASE);
    mt_modules_void_memos();
    mt_lock_release(&epochs->lock, signals);
    return number;
}

/* Equal nodes are one node, so it does not matter how many threads make it. */
static uint32_t root_of(uint32_t number, int ignored)
{
    const unsigned flags = MT_NODE_EPOCH | (ignored ? MT_NODE_IGNORED : 0);
    return number || ignored ? mt_node_intern(number, mt_node_rest(0, 0, MT_FN_UNKNOWN, flags)) : 0;
}

uint32_t mt_epoch_root(int ignored)
{
    return root_of(__atomic_load_n(&mt_process->epochs.number, __ATOMIC_ACQUIRE), ignored);
}

uint32_t mt_epoch_of(uint32_t node, int *ret_ignored)
{
    const struct mt_node *at = mt_node_at(node);
    while (at->parent)
        at = mt_node_at(at->parent);
    *ret_ignored = (at->flags & MT_NODE_IGNORED) != 0;
    return at->flags & MT_NODE_EPOCH ? (uint32_t)at->pc : 0;
}
