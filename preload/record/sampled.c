/* sampled.c: see sampled.h. Takes blocks that are recorded, and that no longer are. */
#include "sampled.h"

#include <stddef.h>
#include "memory.h"

uint8_t *mt_sampled;

void mt_sampled_start(void)
{
    if (!mt_sampled)
        mt_sampled = mt_map_wiped(1 << MT_SAMPLED_BITS);
}

/* Where so many blocks have met, nobody counts on: what is not lowered could not be told apart. */
static void change(const void *block, int by)
{
    uint8_t *counter = mt_sampled ? mt_sampled_at(block) : NULL;
    uint8_t count = counter ? __atomic_load_n(counter, __ATOMIC_RELAXED) : UINT8_MAX;
    /* Relaxed: the allocator's own synchronization orders what happens to one block. */
    while (count != UINT8_MAX && !(count == 0 && by < 0) &&
           !__atomic_compare_exchange_n(counter, &count, (uint8_t)(count + by), 1, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        ;
}

void mt_sampled_raise(const void *block)
{
    change(block, 1);
}

void mt_sampled_lower(const void *block)
{
    change(block, -1);
}
