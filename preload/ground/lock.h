/* lock.h: a lock for the rare paths around mappings, threads and room in the trace. Who holds it
 * has all signals blocked, so no handler can find it held by its own thread or leave it behind by
 * longjmp; what is done under it calls nothing of the program or of libc. It lies in wiped memory:
 * a forked child finds it free and what it guards empty. */
#ifndef MT_LOCK_H
#define MT_LOCK_H

#include <stdint.h>

struct mt_lock {
    uint32_t word; /* 0 free, else its holder's thread id, and whether others wait; atomic */
    uint32_t lost; /* its holder is gone (a vfork child was killed in it): taken no more */
};

/* Returns 1 and the signals that mt_lock_release restores. 0 where the kernel no longer knows the
 * holder: what it guards cannot be trusted any more. */
int mt_lock_take(struct mt_lock *lock, uint64_t *ret_signals);

/* The same for what can do without: 0 also where it could not be had in about that time. */
int mt_lock_take_within(struct mt_lock *lock, unsigned ms, uint64_t *ret_signals);
void mt_lock_release(struct mt_lock *lock, uint64_t signals);

#endif
