/* lock.h: a lock for the rare paths around mappings and threads. Who holds it has all signals
 * blocked, so no handler can find it held by its own thread or leave it behind by longjmp; what is
 * done under it calls nothing of the program or of libc. It lies in wiped memory: a forked child
 * finds it free and what it guards empty. */
#ifndef MT_LOCK_H
#define MT_LOCK_H

#include <stdint.h>

struct mt_lock {
    uint32_t word; /* 0 free, 1 held, 2 held and waited for; atomic */
    uint32_t lost; /* its holder is gone (a vfork child was killed in it): taken no more */
};

/* Returns 1 and the signals that mt_lock_release restores. 0 where the holder has not moved for a
 * second of waiting: what it guards cannot be trusted any more. */
int mt_lock_take(struct mt_lock *lock, uint64_t *ret_signals);
void mt_lock_release(struct mt_lock *lock, uint64_t signals);

#endif
