/* intervals.h: address ranges that do not overlap, in order. Finds, inserts and removes in
 * logarithmic time, without recursion and without memory of its own: nodes are named by number and
 * lie in chunks that the caller supplies. No lock: one thread at a time. */
#ifndef MT_INTERVALS_H
#define MT_INTERVALS_H

#include <stdint.h>

enum {
    MT_INTERVALS_PER_CHUNK = 1023,
    MT_INTERVAL_CHUNKS = 8192, /* eight million ranges */
};

struct mt_interval {
    uint64_t start, end; /* from the first address to the first one after */
    uint32_t left, right;
};

/* All zero: empty. Numbers are 1, 2, …; 0 is none. */
struct mt_intervals {
    uint32_t root;
    struct mt_interval *chunks[MT_INTERVAL_CHUNKS];
};

static inline struct mt_interval *mt_interval_at(const struct mt_intervals *set, uint32_t id)
{
    return &set->chunks[(id - 1) / MT_INTERVALS_PER_CHUNK][(id - 1) % MT_INTERVALS_PER_CHUNK];
}

/* The lowest range that ends beyond `address`: the one that holds it, or else the next; 0 none. */
uint32_t mt_intervals_find(const struct mt_intervals *set, uint64_t address);

/* The range that ends at `address` or before it, and is the highest of them; 0 none. */
uint32_t mt_intervals_before(const struct mt_intervals *set, uint64_t address);

/* Puts range `id` in, whose start and end are set and overlap no other's. */
void mt_intervals_insert(struct mt_intervals *set, uint32_t id);

/* Takes range `id` out, which is in. Its start and end stay, left and right are the caller's. */
void mt_intervals_remove(struct mt_intervals *set, uint32_t id);

#endif
