/* descendants.h: the processes that a run started and that outlive the program. */
#ifndef MT_DESCENDANTS_H
#define MT_DESCENDANTS_H

#include <stdbool.h>

/* Waits until no process is left that was started with `mark` somewhere in its environment, or
 * `grace_ms` have passed. Returns whether none is left; false where /proc cannot tell. Processes
 * that this user may not look into do not count. */
bool mt_descendants_await(const char *mark, int grace_ms);

#endif
