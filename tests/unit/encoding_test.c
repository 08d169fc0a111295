/* Sizes and times in the small forms that the trace keeps them in. */
#include "unit.h"
#include "memtrace/trace_format.h"

/* xorshift: the same numbers in every run. */
static uint64_t next_random(void)
{
    static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Of every magnitude alike. */
static uint64_t random_below(unsigned bits)
{
    return next_random() >> (64 - bits) >> next_random() % bits;
}

START_TEST(sizes_below_64_gib_are_exact)
{
    for (int i = 0; i < 50000; i++) {
        uint64_t size = random_below(36);
        ck_assert_uint_eq(mt_size_decode(mt_size_encode(size)), size);
    }
    ck_assert_uint_eq(mt_size_decode(mt_size_encode((UINT64_C(1) << 36) - 1)),
                      (UINT64_C(1) << 36) - 1);
}
END_TEST

START_TEST(larger_sizes_are_rounded_up_to_pages)
{
    ck_assert_uint_eq(mt_size_decode(mt_size_encode(UINT64_C(1) << 36)), UINT64_C(1) << 36);
    ck_assert_uint_eq(mt_size_decode(mt_size_encode((UINT64_C(1) << 36) + 1)),
                      (UINT64_C(1) << 36) + 4096);
    for (int i = 0; i < 50000; i++) {
        uint64_t size = random_below(47) | UINT64_C(1) << 36;
        uint64_t field = mt_size_encode(size);
        ck_assert_uint_eq(field >> 37, 0);
        ck_assert_uint_eq(mt_size_decode(field), (size + 4095) & ~UINT64_C(4095));
    }
}
END_TEST

static void check_time(uint64_t ms, unsigned bits)
{
    uint64_t field = mt_time_encode(ms, bits);
    ck_assert_uint_eq(field >> bits, 0);
    uint64_t decoded = mt_time_decode(field);
    ck_assert_uint_le(decoded, ms);
    if (ms < UINT64_C(1) << (bits - 5))
        ck_assert_uint_eq(decoded, ms);
    ck_assert_uint_le(ms - decoded, ms >> (bits - 6));
}

START_TEST(times_are_exact_then_within_their_precision)
{
    for (int i = 0; i < 50000; i++) {
        check_time(random_below(44), MT_TIME_BITS_SMALL);
        check_time(random_below(51), MT_TIME_BITS_LARGE);
    }
    check_time((1 << 14) - 1, MT_TIME_BITS_SMALL); /* the last exact ones */
    check_time((1 << 21) - 1, MT_TIME_BITS_LARGE);
    ck_assert_uint_eq(mt_time_decode(mt_time_encode((1 << 14) + 1, MT_TIME_BITS_SMALL)), 1 << 14);
}
END_TEST

START_TEST(growing_times_never_decrease)
{
    uint64_t small = 0, large = 0;
    for (uint64_t ms = 0; ms < UINT64_C(1) << 40; ms += 1 + next_random() % (1 + ms / 1000)) {
        uint64_t now_small = mt_time_decode(mt_time_encode(ms, MT_TIME_BITS_SMALL));
        uint64_t now_large = mt_time_decode(mt_time_encode(ms, MT_TIME_BITS_LARGE));
        ck_assert_uint_ge(now_small, small);
        ck_assert_uint_ge(now_large, large);
        small = now_small;
        large = now_large;
    }
}
END_TEST

START_TEST(times_beyond_all_reason_stay_in_their_field)
{
    ck_assert_uint_eq(mt_time_encode(UINT64_MAX, MT_TIME_BITS_SMALL) >> MT_TIME_BITS_SMALL, 0);
    ck_assert_uint_eq(mt_time_encode(UINT64_MAX, MT_TIME_BITS_LARGE) >> MT_TIME_BITS_LARGE, 0);
    ck_assert_uint_eq(mt_time_decode(mt_time_encode(UINT64_MAX, MT_TIME_BITS_SMALL)),
                      UINT64_C(0x3fff) << 31);
}
END_TEST

MT_UNIT_TESTS("encoding", sizes_below_64_gib_are_exact, larger_sizes_are_rounded_up_to_pages,
              times_are_exact_then_within_their_precision, growing_times_never_decrease,
              times_beyond_all_reason_stay_in_their_field)
