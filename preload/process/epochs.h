/* epochs.h: where the program says it is: scopes, checkpoints and phases of memtrace.h. Each such
 * call begins a new epoch of the whole process, and every stack that is taken in it hangs under the
 * epoch's own root node. So the blocks of a scope are told from all others exactly, by whichever
 * thread they were made, and the hot path knows nothing of it: a new epoch voids the memos. */
#ifndef MT_EPOCHS_H
#define MT_EPOCHS_H

#include <stdint.h>
#include "lock.h"
#include "memtrace/trace_format.h"

/* In wiped memory: a forked child begins in epoch 0. */
struct mt_epochs {
    struct mt_lock lock;
    uint32_t number; /* of the current epoch; atomic */
};

/* Begins the next epoch and says it in the trace, with at most 255 bytes of the name (NULL: none).
 * `scope`: for MT_EPOCH_END, that of the epoch which began the scope, else 0. Returns its number; 0
 * where there is no trace. Not from a signal handler. */
uint32_t mt_epoch_begin(enum mt_epoch_kind kind, uint32_t scope, const char *name);

/* The node under which a stack taken now hangs; 0 none. `ignored`: its thread stands between
 * memtrace_ignore_begin and _end. Lock-free; any thread, any time. */
uint32_t mt_epoch_root(int ignored);

/* The epoch in which the stack `node` was taken; sets *ret_ignored. */
uint32_t mt_epoch_of(uint32_t node, int *ret_ignored);

#endif
