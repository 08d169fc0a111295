/* ask.h: asks a running process to look at itself: the one thing that this side ever writes into a
 * trace, the count of the snapshots that are wanted. */
#ifndef MT_ASK_H
#define MT_ASK_H

#include <stdint.h>
#include "error.h"

/* Has the process `pid`, which writes to the trace at `path`, take a snapshot, and waits for it up
 * to `timeout_ms`. The trace must be the user's own, or the user be root. Returns 0;
 * MT_UNREADABLE where the process or its trace cannot be asked at all; MT_INCONCLUSIVE where no
 * answer came, with what keeps it from answering as far as the kernel says. */
int mt_ask_snapshot(const char *path, uint32_t pid, uint64_t timeout_ms, struct mt_error *error);

#endif
