/* samples.c: from the SYSTEM extents to the looks at the process and its surroundings, in the order
 * of time, whichever writer took them. A slot is read twice: one that stayed the same, sequence and
 * all, belongs together. While the writer thins out, a sample may stand in two slots. */
#include "trace_parts.h"

#include <stdlib.h>
#include <string.h>
#include "memtrace/samples.h"

enum { READINGS_MAX = 16 };
#define LONGEST_MS (UINT64_C(1) << 53) /* beyond it a time cannot be one */
#define LARGEST (UINT64_C(1) << 56)    /* the same of a figure */

/* Why a sample cannot be; NULL for a sound one. */
static const char *fault_of(const struct mt_sample *sample)
{
    if (sample->taken_ms >= LONGEST_MS)
        return "a sample of an impossible time";
    for (int i = 0; i < MT_FIGURE_COUNT; i++)
        if (sample->figures[i] > LARGEST && sample->figures[i] < MT_FIGURE_UNLIMITED)
            return "a sample with an impossible figure";
    return NULL;
}

static int add(struct mt_looks *looks, const struct mt_sample *sample, bool from_outside)
{
    struct mt_look *at = reallocarray(looks->at, looks->count + 1, sizeof *at);
    if (!at)
        return -1;
    looks->at = at;
    struct mt_look *look = &at[looks->count++];
    look->taken_ms = sample->taken_ms;
    look->from_outside = from_outside;
    memcpy(look->figures, sample->figures, sizeof look->figures);
    return 0;
}

size_t mt_samples_read(const struct mt_trace *trace, const struct mt_place *place,
                       struct mt_sample samples[MT_SAMPLES_PER_EXTENT])
{
    static struct mt_sample second[MT_SAMPLES_PER_EXTENT];
    const size_t count = place->used < MT_SAMPLES_PER_EXTENT ? place->used : MT_SAMPLES_PER_EXTENT;
    const uint64_t offset = place->offset + MT_SAMPLE_BYTES;
    bool is_stable = false;
    for (int i = 0; i < READINGS_MAX && !is_stable; i++) {
        mt_trace_read(trace, offset, samples, count * sizeof *samples);
        mt_trace_read(trace, offset, second, count * sizeof *second);
        is_stable = memcmp(samples, second, count * sizeof *samples) == 0;
    }
    for (size_t i = 0; i < count; i++)
        if (memcmp(&samples[i], &second[i], sizeof *samples) != 0)
            samples[i].sequence = 0;
    return count;
}

static int read_extent(struct mt_trace *trace, const struct mt_place *place)
{
    static struct mt_sample samples[MT_SAMPLES_PER_EXTENT];
    const size_t count = mt_samples_read(trace, place, samples);
    for (size_t i = 0; i < count; i++) {
        if (samples[i].sequence == 0)
            continue;
        const char *fault = fault_of(&samples[i]);
        if (fault)
            mt_trace_note(trace, &trace->damage.bad_samples,
                          place->offset + (1 + i) * MT_SAMPLE_BYTES, "%s", fault);
        else if (add(&trace->looks, &samples[i], place->ordinal != 0))
            return -1;
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct mt_look *a = left, *b = right;
    if (a->taken_ms != b->taken_ms)
        return a->taken_ms < b->taken_ms ? -1 : 1;
    return (int)a->from_outside - (int)b->from_outside;
}

static bool is_same(const struct mt_look *a, const struct mt_look *b)
{
    return a->taken_ms == b->taken_ms && a->from_outside == b->from_outside &&
           memcmp(a->figures, b->figures, sizeof a->figures) == 0;
}

int mt_looks_read(struct mt_trace *trace, const struct mt_places *places)
{
    struct mt_looks *looks = &trace->looks;
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_SYSTEM && read_extent(trace, &places->at[i]))
            return -1;
    if (looks->count)
        qsort(looks->at, looks->count, sizeof *looks->at, compare);
    size_t kept = 0;
    for (size_t i = 0; i < looks->count; i++)
        if (i == 0 || !is_same(&looks->at[i], &looks->at[kept - 1]))
            looks->at[kept++] = looks->at[i];
    looks->count = kept;
    return 0;
}

void mt_looks_finish(struct mt_looks *looks)
{
    free(looks->at);
}

const struct mt_look *mt_trace_looks(const struct mt_trace *trace, size_t *ret_count)
{
    *ret_count = trace->looks.count;
    return trace->looks.at;
}

const char *mt_figure_name(enum mt_figure figure)
{
    return mt_figure_names[figure];
}
