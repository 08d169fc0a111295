/* Growth: what a straight line through ages takes for a ramp, and what it does not. */
#include <math.h>
#include "growth.h"
#include "unit.h"

enum { END_MS = 100000 };

/* Births of `count` objects of 10 bytes, the i-th at birth(i / count) of the life. */
static bool is_steady(int count, double (*birth)(double), struct mt_slope *ret_slope)
{
    struct mt_growth growth = {.end_ms = END_MS};
    for (int i = 0; i < count; i++)
        mt_growth_add(&growth, (uint64_t)(birth((i + 0.5) / count) * END_MS), 10);
    return mt_growth_is_steady(&growth, ret_slope);
}

static double evenly(double part)
{
    return part;
}

static double at_the_start(double part)
{
    return part * 0.02;
}

static double in_the_last_half(double part)
{
    return 0.5 + part / 2;
}

static double in_the_first_half(double part)
{
    return part / 2;
}

static double at_the_end(double part)
{
    return 0.97 + part * 0.03;
}

static double at_both_ends(double part)
{
    return part < 0.5 ? part * 0.02 : 0.98 + part * 0.02;
}

static double a_little_faster_later(double part)
{
    return pow(part, 0.7);
}

/* A cache that is full from the start and drops one of its objects at random for each new one. */
static bool of_a_full_cache(double turnovers, struct mt_slope *ret_slope)
{
    enum { OBJECTS = 1000 };
    struct mt_growth growth = {.end_ms = END_MS};
    uint64_t born[OBJECTS] = {0};
    uint32_t random = 1;
    const int births = (int)(turnovers * OBJECTS);
    for (int i = 0; i < births; i++) {
        random = random * 1664525 + 1013904223;
        born[(random >> 8) % OBJECTS] = (uint64_t)i * END_MS / (uint64_t)births;
    }
    for (int i = 0; i < OBJECTS; i++)
        mt_growth_add(&growth, born[i], 10);
    return mt_growth_is_steady(&growth, ret_slope);
}

START_TEST(a_ramp_over_the_whole_life_is_growth)
{
    struct mt_slope slope;
    ck_assert(is_steady(1000, evenly, &slope));
    ck_assert_double_eq_tol(slope.bytes_per_second, 1000 * 10 / 100.0, 1);
    ck_assert_double_gt(slope.fit, 0.999);
    ck_assert(is_steady(20, evenly, &slope));
    ck_assert(is_steady(1000, a_little_faster_later, &slope));
    ck_assert_double_lt(slope.fit, 0.999);
}
END_TEST

START_TEST(what_comes_and_stays_or_comes_and_goes_is_none)
{
    struct mt_slope slope;
    ck_assert(!is_steady(1000, at_the_start, &slope));
    ck_assert(!is_steady(1000, at_the_end, &slope));
    ck_assert(!is_steady(1000, at_both_ends, &slope));
    ck_assert(!is_steady(1000, in_the_last_half, &slope));
    ck_assert(!is_steady(1000, in_the_first_half, &slope));
    for (double turnovers = 0.1; turnovers < 20; turnovers *= 1.2)
        ck_assert(!of_a_full_cache(turnovers, &slope));
    ck_assert(!is_steady(15, evenly, &slope)); /* too few to tell */
    ck_assert(!is_steady(0, evenly, &slope));
    ck_assert_double_eq(slope.bytes_per_second, 0);
}
END_TEST

START_TEST(what_is_born_after_the_end_counts_as_born_at_it)
{
    struct mt_growth growth = {.end_ms = 1}, more = {.end_ms = 1};
    mt_growth_add(&growth, UINT64_MAX, 7);
    mt_growth_add(&more, 0, 5);
    mt_growth_merge(&growth, &more);
    ck_assert_double_eq(growth.bytes[0], 5);
    ck_assert_double_eq(growth.bytes[MT_GROWTH_BINS - 1], 7);
}
END_TEST

MT_UNIT_TESTS("growth", a_ramp_over_the_whole_life_is_growth,
              what_comes_and_stays_or_comes_and_goes_is_none,
              what_is_born_after_the_end_counts_as_born_at_it)
