/* sampled.h: with option sample, whether a block may be one of the few that are recorded. A release
 * asks this first: the answer is no nearly always, and takes one load where the table takes four,
 * from memory that changes seldom.
 *
 * One counter for each of 65,536 values of a hash of the address: how many recorded blocks have it,
 * up to a value at which it stays. A counter is raised before the record is made and lowered after
 * it is ended, so that it is never 0 while the record stands: whoever may release the block has
 * been given it after that. */
#ifndef MT_SAMPLED_H
#define MT_SAMPLED_H

#include <stdint.h>

enum { MT_SAMPLED_BITS = 16 };

/* In wiped memory: a forked child's table is empty, and so is this. */
extern uint8_t *mt_sampled;

/* Before the first record. Without it, or the memory for it, every block may be one. */
void mt_sampled_start(void);

void mt_sampled_raise(const void *block);
void mt_sampled_lower(const void *block);

static inline uint8_t *mt_sampled_at(const void *block)
{
    return &mt_sampled[((uintptr_t)block >> 4) * UINT64_C(0x9e3779b97f4a7c15) >>
                       (64 - MT_SAMPLED_BITS)];
}

static inline int mt_sampled_may_have(const void *block)
{
    return !mt_sampled || __atomic_load_n(mt_sampled_at(block), __ATOMIC_RELAXED) != 0;
}

#endif
