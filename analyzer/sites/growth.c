/* growth.c: the ages of live objects as a histogram, and a straight line through its sums. What is
 * made at the start and kept is a step, what is made and freed in turn leaves only young objects: a
 * step at the other end. A cache without bound or a list that is never cleared is a ramp from one
 * end to the other, whether it is still reachable or not.
 *
 * It is a judgement about survivors, from one look: what was freed is not seen. A cache that was
 * soon full and drops what it holds at random has survivors of every age too, but their sums are
 * bent: a line explains at most 0.96 of them, however often it has been replaced. One that took half
 * of the run to fill looks like growth, for it was, and one that began to grow only lately does not
 * show. Two snapshots with time between them tell more. */
#include "growth.h"

/* A site is steady with births in so many parts and a line that explains so much. A ramp that
 * stopped half way, or began there, fits with 0.83; one that gets twice as steep, with 0.98. */
enum { BINS_MIN = MT_GROWTH_BINS / 2 };
static const double fit_min = 0.97;

void mt_growth_add(struct mt_growth *growth, uint64_t born_ms, double bytes)
{
    uint64_t bin = born_ms < growth->end_ms
                       ? (uint64_t)((double)born_ms / (double)growth->end_ms * MT_GROWTH_BINS)
                       : MT_GROWTH_BINS - 1;
    if (bin >= MT_GROWTH_BINS)
        bin = MT_GROWTH_BINS - 1;
    growth->bytes[bin] += bytes;
}

void mt_growth_merge(struct mt_growth *growth, const struct mt_growth *more)
{
    for (int i = 0; i < MT_GROWTH_BINS; i++)
        growth->bytes[i] += more->bytes[i];
}

struct mt_slope mt_growth_slope(const struct mt_growth *growth)
{
    const int count = MT_GROWTH_BINS + 1; /* points: before the first bin, and after each */
    const double mean_x = MT_GROWTH_BINS / 2.0;
    double y[MT_GROWTH_BINS + 1] = {0}, mean_y = 0;
    for (int i = 0; i < MT_GROWTH_BINS; i++)
        y[i + 1] = y[i] + growth->bytes[i];
    for (int i = 0; i < count; i++)
        mean_y += y[i] / count;
    double xx = 0, xy = 0, yy = 0;
    for (int i = 0; i < count; i++) {
        xx += (i - mean_x) * (i - mean_x);
        xy += (i - mean_x) * (y[i] - mean_y);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
    }
    const double bin_seconds = (double)growth->end_ms / 1000 / MT_GROWTH_BINS;
    if (yy == 0)
        return (struct mt_slope){0};
    return (struct mt_slope){xy / xx / bin_seconds, xy * xy / (xx * yy)};
}

bool mt_growth_is_steady(const struct mt_growth *growth, struct mt_slope *ret_slope)
{
    int filled = 0;
    for (int i = 0; i < MT_GROWTH_BINS; i++)
        filled += growth->bytes[i] > 0;
    *ret_slope = mt_growth_slope(growth);
    return filled >= BINS_MIN && ret_slope->fit >= fit_min;
}
