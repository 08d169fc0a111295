/* growth.h: whether what a site holds rises steadily, judged from when its live objects were born.
 */
#ifndef MT_GROWTH_H
#define MT_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

enum { MT_GROWTH_BINS = 32 };

/* The bytes of a site's live objects by the part of the process's life in which they were born. */
struct mt_growth {
    uint64_t end_ms; /* of the process, or now; not 0 */
    double bytes[MT_GROWTH_BINS];
};

struct mt_slope {
    double bytes_per_second;
    double fit; /* R squared of the straight line: 1 is perfect */
};

void mt_growth_add(struct mt_growth *growth, uint64_t born_ms, double bytes);

/* Adds the objects of `more`, of the same process, to `growth`. */
void mt_growth_merge(struct mt_growth *growth, const struct mt_growth *more);

/* The straight line through what had been born by each instant; its slope is 0 where nothing was.
 */
struct mt_slope mt_growth_slope(const struct mt_growth *growth);

/* Whether births are spread over the whole life so evenly that a line is what they are. */
bool mt_growth_is_steady(const struct mt_growth *growth, struct mt_slope *ret_slope);

#endif
