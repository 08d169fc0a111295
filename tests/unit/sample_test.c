/* Sampling: distances of marks are exponentially distributed, sizes are sampled with the chance
 * they should be, and what a sampled block stands for is what libm says. Seeds are fixed: what
 * passes once passes always. Limits are 5 standard errors, or the 1e-6 quantile of chi-square. */
#include "sample.h"
#include <math.h>
#include "sampled.h"
#include "unit.h"

enum { DRAWS = 1000000, BINS = 64 };
#define MEAN 524288.0
#define CHI_SQUARE_63 134.3 /* quantiles for 1e-6, by degrees of freedom */
#define CHI_SQUARE_10 48.9

START_TEST(distances_have_mean_variance_and_shape_of_an_exponential)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct mt_sampler sampler;
        double sum = 0, squares = 0, chi_square = 0;
        unsigned bins[BINS] = {0};
        mt_sampler_start(&sampler, seed);
        for (int i = 0; i < DRAWS; i++) {
            const double distance = (double)mt_sampler_distance(&sampler, (uint64_t)MEAN) + 0.5;
            sum += distance;
            squares += distance * distance;
            bins[(int)(BINS * -expm1(-distance / MEAN))]++; /* all equally likely */
        }
        const double mean = sum / DRAWS, variance = squares / DRAWS - mean * mean;
        ck_assert_double_le(fabs(mean / MEAN - 1), 5 / sqrt(DRAWS));
        ck_assert_double_le(fabs(variance / (MEAN * MEAN) - 1), 5 * sqrt(8.0 / DRAWS));
        for (int i = 0; i < BINS; i++)
            chi_square += pow(bins[i] - (double)DRAWS / BINS, 2) / ((double)DRAWS / BINS);
        ck_assert_double_le(chi_square, CHI_SQUARE_63);
    }
}
END_TEST

/* How record.c uses it: a mark that is passed gives way to the next. */
static int is_sampled(struct mt_sampler *sampler, size_t size, uint64_t mean)
{
    if (mt_sampler_is_ahead(sampler, size)) {
        mt_sampler_go_on(sampler, size);
        return 0;
    }
    sampler->countdown = mt_sampler_distance(sampler, mean);
    return 1;
}

START_TEST(each_size_is_sampled_with_its_chance_whatever_comes_between)
{
    static const size_t sizes[] = {0, 1, 8, 24, 100, 333, 1000, 4096, 10000, 20000};
    enum { SIZES = sizeof sizes / sizeof sizes[0], MEAN_BYTES = 4096, ROUNDS = 2000000 };
    unsigned given[SIZES] = {0}, sampled[SIZES] = {0};
    struct mt_sampler sampler;
    mt_sampler_start(&sampler, 7);
    sampler.countdown = mt_sampler_distance(&sampler, MEAN_BYTES);
    srand(1);
    for (int i = 0; i < ROUNDS; i++) {
        const int which = rand() % SIZES;
        given[which]++;
        sampled[which] += (unsigned)is_sampled(&sampler, sizes[which], MEAN_BYTES);
    }
    double chi_square = 0;
    for (int i = 0; i < SIZES; i++) {
        const double length = sizes[i] ? (double)sizes[i] : 1,
                     chance = -expm1(-length / MEAN_BYTES);
        const double expected = given[i] * chance;
        chi_square += pow(sampled[i] - expected, 2) / (expected * (1 - chance));
    }
    ck_assert_double_le(chi_square, CHI_SQUARE_10);
}
END_TEST

START_TEST(a_mean_of_one_byte_still_follows_the_law)
{
    struct mt_sampler sampler;
    unsigned sampled = 0;
    mt_sampler_start(&sampler, 3);
    sampler.countdown = mt_sampler_distance(&sampler, 1);
    for (int i = 0; i < DRAWS; i++)
        sampled += (unsigned)is_sampled(&sampler, 1, 1);
    const double chance = -expm1(-1);
    ck_assert_double_le(fabs(sampled - DRAWS * chance), 5 * sqrt(DRAWS * chance * (1 - chance)));
}
END_TEST

START_TEST(samplers_of_neighbouring_seeds_differ)
{
    struct mt_sampler one, other;
    unsigned equal = 0;
    mt_sampler_start(&one, 1000);
    mt_sampler_start(&other, 1001);
    for (int i = 0; i < 1000; i++)
        equal += mt_sampler_distance(&one, 1 << 30) == mt_sampler_distance(&other, 1 << 30);
    ck_assert_uint_eq(equal, 0);
}
END_TEST

START_TEST(a_block_stands_for_its_bytes_by_its_chance)
{
    for (uint64_t mean = 1; mean <= UINT64_C(1) << 30; mean *= 8)
        for (size_t size = 1; size <= (size_t)1 << 40; size += size / 3 + 1) {
            const double wanted = (double)size / -expm1(-(double)size / (double)mean);
            const double found = (double)mt_sample_bytes(size, mean);
            ck_assert_double_le(fabs(found - wanted), 1 + wanted * 2e-5);
        }
    ck_assert_uint_eq(mt_sample_bytes(0, 524288), 0);
    ck_assert_uint_eq(mt_sample_bytes(SIZE_MAX, 524288), SIZE_MAX);
    ck_assert_uint_eq(mt_sample_bytes(16777216, 524288), 16777216);
}
END_TEST

/* Whatever else is raised and lowered, a block that is recorded may be; one that met too many
 * others stays possible for ever. */
START_TEST(a_recorded_block_is_never_passed_by)
{
    enum { BLOCKS = 1 << 18, FEW = 16, ROUNDS = 1000000 };
    static uint8_t recorded[BLOCKS];
    ck_assert_int_eq(mt_sampled_may_have((void *)0x1000), 1);
    mt_sampled_start();
    ck_assert_int_eq(mt_sampled_may_have((void *)0x1000), 0);
    srand(1);
    for (int i = 0; i < ROUNDS; i++) {
        const int which = i % FEW ? rand() % BLOCKS : rand() % FEW;
        void *block = (void *)(0x55550000 + 16 * (uintptr_t)which);
        if (recorded[which])
            mt_sampled_lower(block);
        else
            mt_sampled_raise(block);
        recorded[which] = !recorded[which];
        ck_assert(!recorded[which] || mt_sampled_may_have(block));
    }
    unsigned possible = 0;
    for (uintptr_t i = 0; i < BLOCKS; i++)
        if (recorded[i])
            mt_sampled_lower((void *)(0x55550000 + 16 * i));
    for (uintptr_t i = 0; i < BLOCKS; i++)
        possible += (unsigned)mt_sampled_may_have((void *)(0x55550000 + 16 * i));
    ck_assert_uint_eq(possible, 0);
    for (int i = 0; i < 300; i++)
        mt_sampled_raise((void *)0x2000);
    for (int i = 0; i < 300; i++)
        mt_sampled_lower((void *)0x2000);
    ck_assert_int_eq(mt_sampled_may_have((void *)0x2000), 1);
}
END_TEST

MT_UNIT_TESTS("sample", distances_have_mean_variance_and_shape_of_an_exponential,
              each_size_is_sampled_with_its_chance_whatever_comes_between,
              a_mean_of_one_byte_still_follows_the_law, samplers_of_neighbouring_seeds_differ,
              a_block_stands_for_its_bytes_by_its_chance, a_recorded_block_is_never_passed_by)
