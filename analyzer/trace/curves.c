/* curves.c: from the samples of the CURVES extent to rankings, in the order of time. While the
 * writer thins out, a ranking may stand in two slots. */
#include "curves.h"

#include <stdlib.h>
#include "trace_parts.h"

static void take(const struct mt_sample *sample, struct mt_ranking *ret_ranking)
{
    *ret_ranking = (struct mt_ranking){.taken_ms = sample->taken_ms};
    for (unsigned i = 0; i < MT_RANKED_MAX; i++) {
        const uint64_t word = sample->figures[2 * i];
        if (word == MT_FIGURE_UNKNOWN)
            break;
        ret_ranking->sites[i].stack = mt_ranked_stack(word);
        ret_ranking->sites[i].blocks = mt_ranked_blocks(word);
        ret_ranking->sites[i].bytes = sample->figures[2 * i + 1];
        ret_ranking->count++;
    }
}

static int read_extent(struct mt_trace *trace, const struct mt_place *place)
{
    static struct mt_sample samples[MT_SAMPLES_PER_EXTENT];
    struct mt_curves *curves = &trace->curves;
    const size_t count = mt_samples_read(trace, place, samples);
    struct mt_ranking *at = reallocarray(curves->at, curves->count + count + 1, sizeof *at);
    if (!at)
        return -1;
    curves->at = at;
    for (size_t i = 0; i < count; i++)
        if (samples[i].sequence)
            take(&samples[i], &at[curves->count++]);
    return 0;
}

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* By members: what lies between them is nobody's. */
static int compare(const void *left, const void *right)
{
    const struct mt_ranking *a = left, *b = right;
    int result = order(a->taken_ms, b->taken_ms);
    if (!result)
        result = order(a->count, b->count);
    for (unsigned i = 0; !result && i < a->count; i++) {
        result = order(a->sites[i].stack, b->sites[i].stack);
        if (!result)
            result = order(a->sites[i].blocks, b->sites[i].blocks);
        if (!result)
            result = order(a->sites[i].bytes, b->sites[i].bytes);
    }
    return result;
}

int mt_curves_read(struct mt_trace *trace, const struct mt_places *places)
{
    struct mt_curves *curves = &trace->curves;
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_CURVES && read_extent(trace, &places->at[i]) != 0)
            return -1;
    if (curves->count)
        qsort(curves->at, curves->count, sizeof *curves->at, compare);
    size_t kept = 0;
    for (size_t i = 0; i < curves->count; i++)
        if (i == 0 || compare(&curves->at[i], &curves->at[kept - 1]) != 0)
            curves->at[kept++] = curves->at[i];
    curves->count = kept;
    return 0;
}

void mt_curves_finish(struct mt_curves *curves)
{
    free(curves->at);
}

const struct mt_ranking *mt_trace_rankings(const struct mt_trace *trace, size_t *ret_count)
{
    *ret_count = trace->curves.count;
    return trace->curves.count ? trace->curves.at : NULL;
}
