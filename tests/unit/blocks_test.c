/* Blocks as the reader gives them: in address order, from both granules, from odd and even leaves,
 * with their storage, and without the stale ones. */
#include "built.h"

static struct trace_builder *builder;
static struct mt_trace *trace;
static uint32_t stack;

enum { BLOCKS_MAX = 64 };
static struct mt_block blocks[BLOCKS_MAX];
static unsigned count;

static void begin(unsigned granule_shift)
{
    builder = mt_builder_create(granule_shift);
    uint32_t outer = mt_builder_node(builder, 0, 0x401000, 0, MT_FN_UNKNOWN);
    stack = mt_builder_node(builder, outer, 0x401100, 0, MT_FN_CALLOC);
    mt_builder_thread(builder, 1, "main");
    mt_builder_thread(builder, 4095, "last");
}

static int keep(const struct mt_block *block, void *context)
{
    (void)context;
    ck_assert_uint_lt(count, BLOCKS_MAX);
    blocks[count++] = *block;
    return 0;
}

static void read_back(void)
{
    trace = mt_open_built(builder);
    count = 0;
    ck_assert_int_eq(mt_trace_blocks(trace, keep, NULL), 0);
}

static void block_is(unsigned i, uint64_t address, uint64_t size, uint64_t born_ms, uint32_t thread)
{
    ck_assert_uint_eq(blocks[i].address, address);
    ck_assert_uint_eq(blocks[i].size_bytes, size);
    ck_assert_uint_eq(blocks[i].born_ms, born_ms);
    ck_assert_uint_eq(blocks[i].stack, stack);
    ck_assert_uint_eq(blocks[i].thread, thread);
    ck_assert_int_eq(blocks[i].function, MT_FN_CALLOC);
    ck_assert_int_eq(blocks[i].storage, MT_STORAGE_UNKNOWN);
    ck_assert_double_eq(blocks[i].weight, 1);
    ck_assert_int_eq(blocks[i].verdict, MT_VERDICT_NONE);
    ck_assert_int_eq(blocks[i].before, MT_VERDICT_NONE);
}

static void ends_sound(void)
{
    static const struct mt_damage none;
    ck_assert_mem_eq(mt_trace_damage(trace), &none, sizeof none);
    mt_trace_close(trace);
}

START_TEST(fields_of_small_and_large_blocks)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 0, stack, 1, 0);
    mt_builder_block(builder, 0x10030, 48, stack, 4095, 16383);
    mt_builder_block(builder, 0x10060, 49, stack, 4095, 2097151);
    mt_builder_block(builder, 0x20000, UINT64_C(3) << 36, stack, 7, 5);
    read_back();
    ck_assert_uint_eq(count, 4);
    block_is(0, 0x10000, 0, 0, 1);
    block_is(1, 0x10030, 48, 16383, 4095);
    block_is(2, 0x10060, 49, 2097151, 4095);
    block_is(3, 0x20000, UINT64_C(3) << 36, 5, 0);
    ends_sound();
}
END_TEST

START_TEST(blocks_8_bytes_apart_come_in_address_order)
{
    begin(4);
    static const uint64_t addresses[] = {0x11ff8, 0x10000, 0x10008, 0x10010, 0x10018, 0x11ff0};
    for (size_t i = 0; i < 6; i++)
        mt_builder_block(builder, addresses[i], 8, stack, 1, i);
    read_back();
    static const uint64_t wanted[] = {0x10000, 0x10008, 0x10010, 0x10018, 0x11ff0, 0x11ff8};
    ck_assert_uint_eq(count, 6);
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(blocks[i].address, wanted[i]);
    ck_assert_uint_eq(blocks[0].born_ms, 1);
    ck_assert_uint_eq(blocks[5].born_ms, 0);
    ends_sound();
}
END_TEST

START_TEST(a_large_block_may_begin_in_the_last_granule_of_a_run)
{
    begin(5);
    mt_builder_block(builder, 0x13fe0, 1000, stack, 1, 77); /* its second word: the next leaf */
    mt_builder_block(builder, 0x143e0, 16, stack, 1, 78);
    read_back();
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(blocks[0].address, 0x13fe0);
    ck_assert_uint_eq(blocks[0].born_ms, 77);
    ck_assert_uint_eq(blocks[0].thread, 1);
    ck_assert_uint_eq(blocks[1].address, 0x143e0);
    ends_sound();
}
END_TEST

START_TEST(storage_follows_mark_then_break_then_allocator)
{
    begin(5);
    mt_builder_text(builder, MT_FACT_ALLOCATOR, "glibc 2.36");
    mt_builder_header(builder)->brk_start = 0x20000;
    mt_builder_header(builder)->brk_end = 0x30000;
    mt_builder_block(builder, 0x1ffe0, 16, stack, 1, 0);
    mt_builder_block(builder, 0x20000, 16, stack, 1, 0);
    mt_builder_block(builder, 0x2ffe0, 16, stack, 1, 0);
    mt_builder_block(builder, 0x30000, 16, stack, 1, 0);
    mt_builder_block(builder, 0x40000, 1 << 20, stack, 1, 0);
    *mt_builder_second(builder, 0x40000) |= MT_WORD_OWN_MAPPING;
    read_back();
    static const enum mt_storage wanted[] = {MT_STORAGE_ARENA, MT_STORAGE_BRK, MT_STORAGE_BRK,
                                             MT_STORAGE_ARENA, MT_STORAGE_MMAP};
    ck_assert_uint_eq(count, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(blocks[i].storage, wanted[i]);
    ends_sound();
}
END_TEST

/* ---- stale records ---- */

static void expect_stale(const uint64_t *wanted, unsigned wanted_count, uint64_t stale)
{
    read_back();
    ck_assert_uint_eq(count, wanted_count);
    for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(blocks[i].address, wanted[i]);
    ck_assert_uint_eq(mt_trace_damage(trace)->stale_blocks, stale);
    ck_assert_str_eq(mt_trace_damage(trace)->first, "");
    mt_trace_close(trace);
}

START_TEST(blocks_given_inside_of_an_older_one_make_it_stale)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 4096, stack, 1, 10);
    mt_builder_block(builder, 0x10100, 32, stack, 1, 20);
    mt_builder_block(builder, 0x10200, 640, stack, 1, 30);
    expect_stale((uint64_t[]){0x10100, 0x10200}, 2, 1);
}
END_TEST

START_TEST(a_block_given_over_older_ones_makes_them_stale)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 4096, stack, 1, 50);
    mt_builder_block(builder, 0x10100, 32, stack, 1, 20);
    mt_builder_block(builder, 0x10ff0, 640, stack, 1, 30);
    mt_builder_block(builder, 0x11300, 32, stack, 1, 1);
    expect_stale((uint64_t[]){0x10000, 0x11300}, 2, 2);
}
END_TEST

START_TEST(a_block_in_the_second_granule_makes_a_large_one_stale)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 4096, stack, 1, 50);
    mt_builder_block(builder, 0x10020, 32, stack, 1, 60); /* over its second word */
    expect_stale((uint64_t[]){0x10020}, 1, 1);
}
END_TEST

START_TEST(at_equal_times_the_lower_block_stands)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 4096, stack, 1, 20000); /* exact: 20000 */
    mt_builder_block(builder, 0x10100, 32, stack, 1, 20001);   /* kept as 20000 */
    expect_stale((uint64_t[]){0x10000}, 1, 1);
}
END_TEST

START_TEST(neighbours_that_touch_are_not_stale)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 64, stack, 1, 1);
    mt_builder_block(builder, 0x10040, 64, stack, 1, 2);
    expect_stale((uint64_t[]){0x10000, 0x10040}, 2, 0);
}
END_TEST

/* ---- damage ---- */

static void expect_bad(uint64_t offset, const char *why)
{
    char first[256];
    read_back();
    snprintf(first, sizeof first, "offset %lu: %s", (unsigned long)offset, why);
    ck_assert_str_eq(mt_trace_damage(trace)->first, first);
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_blocks, 1);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(blocks[0].address, 0x10000);
    mt_trace_close(trace);
}

START_TEST(a_small_record_of_a_large_size_is_bad)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 16, stack, 1, 1);
    uint64_t *word = mt_builder_block(builder, 0x10020, 48, stack, 1, 1);
    *word += UINT64_C(1) << MT_WORD_SMALL_SIZE_SHIFT;
    expect_bad(mt_builder_offset(builder, word),
               "a block whose size does not go with its kind of record");
}
END_TEST

START_TEST(a_large_record_of_a_small_size_is_bad)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 16, stack, 1, 1);
    uint64_t *word = mt_builder_block(builder, 0x10020, 49, stack, 1, 1);
    *word -= UINT64_C(1) << MT_WORD_LARGE_SIZE_SHIFT;
    expect_bad(mt_builder_offset(builder, word),
               "a block whose size does not go with its kind of record");
}
END_TEST

START_TEST(half_a_granule_of_16_bytes_is_bad)
{
    begin(4);
    mt_builder_block(builder, 0x10000, 16, stack, 1, 1);
    uint64_t *word = mt_builder_block(builder, 0x10020, 16, stack, 1, 1);
    *word |= MT_WORD_HALF;
    expect_bad(mt_builder_offset(builder, word), "a block in half of a granule that has no halves");
}
END_TEST

START_TEST(a_block_without_a_sound_stack_is_bad)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 16, stack, 1, 1);
    uint64_t *word = mt_builder_block(builder, 0x14020, 16, stack + 1, 1, 1);
    expect_bad(mt_builder_offset(builder, word), "a block whose stack (node 6) cannot be followed");
}
END_TEST

static int stop(const struct mt_block *block, void *context)
{
    ++*(unsigned *)context;
    return (int)block->size_bytes;
}

START_TEST(a_visitor_can_stop)
{
    begin(5);
    mt_builder_block(builder, 0x10000, 0, stack, 1, 1);
    mt_builder_block(builder, 0x10020, 42, stack, 1, 1);
    mt_builder_block(builder, 0x10060, 43, stack, 1, 1);
    trace = mt_open_built(builder);
    unsigned seen = 0;
    ck_assert_int_eq(mt_trace_blocks(trace, stop, &seen), 42);
    ck_assert_uint_eq(seen, 2);
    mt_trace_close(trace);
}
END_TEST

MT_UNIT_TESTS("blocks", fields_of_small_and_large_blocks,
              blocks_8_bytes_apart_come_in_address_order,
              a_large_block_may_begin_in_the_last_granule_of_a_run,
              storage_follows_mark_then_break_then_allocator,
              blocks_given_inside_of_an_older_one_make_it_stale,
              a_block_given_over_older_ones_makes_them_stale,
              a_block_in_the_second_granule_makes_a_large_one_stale,
              at_equal_times_the_lower_block_stands, neighbours_that_touch_are_not_stale,
              a_small_record_of_a_large_size_is_bad, a_large_record_of_a_small_size_is_bad,
              half_a_granule_of_16_bytes_is_bad, a_block_without_a_sound_stack_is_bad,
              a_visitor_can_stop)
