/* ranges.h: a sorted array of address ranges, each with a number: filled, then sorted, then
 * searched. In the tracer's own memory, of a size that is known beforehand. */
#ifndef MT_RANGES_H
#define MT_RANGES_H

#include <stdint.h>

struct mt_range {
    uint64_t start, end; /* end: the first address after it */
    uint64_t tag;        /* the owner's */
};

struct mt_ranges {
    struct mt_range *list;
    uint32_t count, room;
};

/* Returns 0 when there is no memory. */
int mt_ranges_start(struct mt_ranges *ranges, uint32_t room);

/* Appends a range. Empty ones, and what there is no room for, are left out. */
void mt_ranges_add(struct mt_ranges *ranges, uint64_t start, uint64_t end, uint64_t tag);

/* By start. */
void mt_ranges_sort(struct mt_ranges *ranges);

/* The last range that begins at or before the address; NULL none. It may end before it. */
const struct mt_range *mt_ranges_before(const struct mt_ranges *ranges, uint64_t address);

/* The range that holds the address; NULL none. For ranges that do not overlap. */
static inline const struct mt_range *mt_ranges_find(const struct mt_ranges *ranges,
                                                    uint64_t address)
{
    const struct mt_range *range = mt_ranges_before(ranges, address);
    return range && address < range->end ? range : 0;
}

#endif
