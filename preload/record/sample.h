/* sample.h: which allocations are recorded when not all of them are (option sample). Bytes that the
 * program allocates are a line on which marks lie at random, `mean` bytes apart on average (a
 * Poisson process); an allocation is recorded when one or more marks lie in its bytes. The chance
 * is 1 - exp(-bytes / mean), whatever came before, so that a block stands for the inverse of it. */
#ifndef MT_SAMPLE_H
#define MT_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* Of one thread. A signal handler that comes in between may undo a step or see one twice: a mark
 * moves, and no estimate with it. */
struct mt_sampler {
    int64_t countdown; /* bytes to the next mark, rounded down; below 0: it has been passed */
    uint64_t random;   /* state of the generator */
    int is_drawn;      /* 0: there is no mark yet, and countdown is below 0 */
};

/* Without a mark. Samplers of different seeds have nothing to do with each other. */
void mt_sampler_start(struct mt_sampler *sampler, uint64_t seed);

/* Draws how far the next mark is, from the exponential distribution. Constant time, no floating
 * point (a program may have made its inexact results trap), nothing of libm. */
int64_t mt_sampler_distance(struct mt_sampler *sampler, uint64_t mean_bytes);

/* Blocks of no bytes count as one byte, else they would never be seen. */
static inline int64_t mt_sample_length(size_t size_bytes)
{
    return (int64_t)(size_bytes + (size_bytes == 0));
}

/* Whether the mark lies behind the bytes of an allocation, which then go on towards it. */
static inline int mt_sampler_is_ahead(const struct mt_sampler *sampler, size_t size_bytes)
{
    return sampler->countdown >= mt_sample_length(size_bytes);
}

static inline void mt_sampler_go_on(struct mt_sampler *sampler, size_t size_bytes)
{
    sampler->countdown -= mt_sample_length(size_bytes);
}

/* The bytes that a sampled block of this size stands for: bytes / (1 - exp(-bytes / mean)). */
uint64_t mt_sample_bytes(size_t size_bytes, uint64_t mean_bytes);

#endif
