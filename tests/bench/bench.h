/* bench.h: what the micro loads share: a clock, a random sequence that is the same under every
 * tool, repetitions, and the one line of JSON each of them prints for compare.py. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NOINLINE __attribute__((noinline, noclone))

/* A value passes through here after the call that made it: the call is no tail call, and two
 * functions with different numbers are not folded into one. */
#define KEEP(value, number) __asm__ volatile("# " #number : "+r"(value) : : "memory")

enum {
    SIZE_MIN = 16,
    SIZE_MAX_ASKED = 255,
    REPETITIONS = 51,    /* the fastest counts: short ones, some of which nothing disturbs */
    REPETITIONS_MIN = 2, /* where they take longer than BUDGET_NS */
};
#define BUDGET_NS INT64_C(1500000000)

static inline int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* xorshift64*: the high half is good enough for everything here. */
static inline uint32_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 32);
}

static inline uint32_t random_below(uint64_t *state, uint32_t bound)
{
    return (uint32_t)(((uint64_t)random_next(state) * bound) >> 32);
}

static inline uint16_t random_size(uint64_t *state)
{
    return (uint16_t)(SIZE_MIN + random_below(state, SIZE_MAX_ASKED - SIZE_MIN + 1));
}

static inline void *must(void *block)
{
    if (!block) {
        perror("malloc");
        exit(1);
    }
    return block;
}

#endif
