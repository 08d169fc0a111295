/* watch.h: what record.c says to guards and canaries: whose a guarded block is, and that a block is
 * about to be released, when it is looked at once more. */
#ifndef MT_WATCH_H
#define MT_WATCH_H

#include "guard.h"
#include "thread.h"

/* Begins, in the process's first trace, what the options ask for. */
void mt_watch_start(void);

/* In each trace, a forked child's too: says what is watched for. */
void mt_watch_say(void);

/* Whether anything is watched. */
int mt_watch_is_on(void);

/* Whether canaries are looked at when blocks are released. */
int mt_watch_has_canaries(void);

/* A guarded block was given to `stack`. */
void mt_watch_given(struct mt_thread_state *thread, const void *block, enum mt_function function,
                    uint32_t stack);

/* Whether a block that is about to be released, or given another size, is to be told of to
 * `release`: a guarded one, or one whose canary has changed. */
int mt_watch_wants(const void *block);

/* Whether there is something to tell of it: also worth the trace of a forked child that has none
 * yet. */
int mt_watch_has_seen(const void *block);

/* It is: by `function`, called from `stack`. Its record in the table stands still. */
void mt_watch_release(struct mt_thread_state *thread, const void *block, enum mt_function function,
                      uint32_t stack);

#endif
