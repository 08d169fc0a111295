/* prune.h: removes traces while the program still runs: of descendants that have ended and have
 * nothing of what is looked for. A script may have a hundred thousand of them, a quarter of a MiB
 * each. */
#ifndef MT_PRUNE_H
#define MT_PRUNE_H

#include <stdbool.h>
#include <stddef.h>
#include "inbox.h"
#include "report_options.h"

struct mt_prune;

/* What the traces were that have gone. */
struct mt_pruned {
    size_t judged;    /* processes that ended */
    bool has_unfreed; /* some left something that is not looked for */
};

/* Both are the caller's until mt_prune_end. NULL when there is no memory. */
struct mt_prune *mt_prune_begin(const struct mt_inbox *inbox,
                                const struct mt_report_options *options);

/* Looks at what has come in, for a few dozen milliseconds at most. To be called again and again. */
void mt_prune_pass(struct mt_prune *prune);

/* Frees it; NULL is fine. */
struct mt_pruned mt_prune_end(struct mt_prune *prune);

#endif
