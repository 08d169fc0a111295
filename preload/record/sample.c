/* sample.c: takes random bits, gives distances of marks; takes a size, gives what it stands for.
 * All in integers: fixed point with 32 or 64 bits of fraction. */
#include "sample.h"

typedef unsigned __int128 wide;

#define LN2_32 UINT64_C(2977044472) /* ln 2 * 2^32 */

/* splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): any seed
 * will do, and neighbouring ones give sequences without likeness. */
static uint64_t next_random(struct mt_sampler *sampler)
{
    uint64_t mixed = sampler->random += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

/* log2(x) * 2^32, x > 0. Squaring a number doubles its logarithm, which brings the next binary
 * digit before the point (Knuth, The Art of Computer Programming, 1.2.2). */
static uint64_t log2_32(uint64_t x)
{
    const unsigned shift = (unsigned)__builtin_clzll(x);
    uint64_t log = 63 - shift;
    uint64_t rest = x << shift; /* 1 <= rest < 2, with 63 bits of fraction */
    for (int digit = 0; digit < 32; digit++) {
        rest = (uint64_t)((wide)rest * rest >> 64); /* half the square */
        const uint64_t is_two = rest >> 63;
        log = log << 1 | is_two;
        rest <<= !is_two;
    }
    return log;
}

void mt_sampler_start(struct mt_sampler *sampler, uint64_t seed)
{
    *sampler = (struct mt_sampler){.countdown = -1, .random = seed};
}

/* -ln(u) is exponentially distributed where u is uniform in (0, 1]. Rounding down loses nothing: a
 * block's bytes are whole, so they pass the mark or they do not. */
int64_t mt_sampler_distance(struct mt_sampler *sampler, uint64_t mean_bytes)
{
    const uint64_t bits = next_random(sampler);
    const uint64_t log = (UINT64_C(64) << 32) - log2_32(bits ? bits : 1); /* -log2(bits / 2^64) */
    const uint64_t e = (uint64_t)((wide)log * LN2_32 >> 32);
    return (int64_t)((wide)e * mean_bytes >> 32);
}

/* q(x) = 1 - exp(-x), by q(2x) = q(x) * (2 - q(x)) from where q is x - x^2 / 2 as near as matters.
 */
uint64_t mt_sample_bytes(size_t size_bytes, uint64_t mean_bytes)
{
    enum { DOUBLINGS = 16, CERTAIN = 32 }; /* exp(-32) is 1e-14 */
    const wide length = (wide)mt_sample_length(size_bytes);
    if (length >= (wide)mean_bytes * CERTAIN)
        return size_bytes;
    const uint64_t x = (uint64_t)((length << (64 - DOUBLINGS)) / mean_bytes); /* * 2^64 */
    uint64_t q = x - (uint64_t)((wide)x * x >> 65);
    for (int i = 0; i < DOUBLINGS; i++)
        q = (uint64_t)(((wide)q << 1) - ((wide)q * q >> 64));
    return (uint64_t)(((wide)size_bytes << 64) / q);
}
