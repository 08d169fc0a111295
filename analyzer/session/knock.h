/* knock.h: wakes the tracer in another process. */
#ifndef MT_KNOCK_H
#define MT_KNOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Sends SIGURG to a thread of the process in which the tracer hears it, and keeps it in `tid`,
 * which begins as 0; to none where none does. Returns false, with errno, where this user may not
 * send signals there. */
bool mt_knock(uint32_t pid, uint32_t *tid);

#endif
