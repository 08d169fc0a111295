/* Sites: random blocks, grouped by the code under test and by a naive model. */
#include <string.h>
#include "built.h"
#include "sites.h"

enum { BLOCKS = 3000, STACKS = 40, THREADS = 9 };

/* One stack as the model sees it. */
struct model {
    uint64_t objects, bytes, storage[MT_STORAGE_COUNT], oldest_ms, newest_ms;
    bool threads[THREADS + 1];
};

static struct mt_trace *trace;
static uint32_t stacks[STACKS];
static struct mt_block blocks[BLOCKS];
static unsigned count;

static int keep(const struct mt_block *block, void *context)
{
    (void)context;
    blocks[count++] = *block;
    return 0;
}

static void build(unsigned seed)
{
    srand(seed);
    struct trace_builder *builder = mt_builder_create(5);
    struct mt_header *header = mt_builder_header(builder);
    header->brk_start = 0x100000;
    header->brk_end = 0x140000; /* the first blocks lie there */
    for (uint32_t slot = 1; slot <= THREADS; slot++)
        mt_builder_thread(builder, slot, "worker");
    const uint32_t root = mt_builder_node(builder, 0, 0x1000, 0, MT_FN_UNKNOWN);
    for (int i = 0; i < STACKS; i++)
        stacks[i] = mt_builder_node(builder, root, 0x2000 + (uint64_t)i, 0,
                                    i % 2 ? MT_FN_MALLOC : MT_FN_NEW);
    uint64_t address = 0x100000;
    for (int i = 0; i < BLOCKS; i++) {
        const uint64_t bytes = (uint64_t)rand() % 200;
        mt_builder_block(builder, address, bytes, stacks[rand() % STACKS],
                         (uint32_t)rand() % (THREADS + 1), (uint64_t)rand() % 10000);
        address += 256;
    }
    trace = mt_open_built(builder);
    count = 0;
    ck_assert_int_eq(mt_trace_blocks(trace, keep, NULL), 0);
    ck_assert_uint_eq(count, BLOCKS);
}

static bool model_wants(const struct mt_site_filter *filter, const struct mt_block *block)
{
    return (!filter->storages || filter->storages >> block->storage & 1) &&
           block->born_ms < filter->born_before_ms;
}

static void compare(const struct mt_site_filter *filter)
{
    struct model models[STACKS] = {0};
    size_t sites_wanted = 0;
    for (unsigned i = 0; i < count; i++) {
        struct model *model = models;
        while (stacks[model - models] != blocks[i].stack)
            model++;
        if (!model_wants(filter, &blocks[i]))
            continue;
        if (model->objects++ == 0) {
            model->oldest_ms = UINT64_MAX;
            sites_wanted++;
        }
        model->bytes += blocks[i].size_bytes;
        model->storage[blocks[i].storage]++;
        model->threads[blocks[i].thread] = true;
        if (blocks[i].born_ms < model->oldest_ms)
            model->oldest_ms = blocks[i].born_ms;
        if (blocks[i].born_ms > model->newest_ms)
            model->newest_ms = blocks[i].born_ms;
    }

    struct mt_sites *sites;
    struct mt_error error;
    ck_assert_int_eq(mt_sites_collect(trace, filter, &sites, &error), MT_OK);
    ck_assert_uint_eq(mt_sites_count(sites), sites_wanted);
    ck_assert_uint_eq(mt_sites_unfreed(sites)->all.objects, BLOCKS);
    for (size_t i = 0; i < mt_sites_count(sites); i++) {
        const struct mt_site *site = mt_sites_at(sites, i);
        struct model *model = models;
        while (stacks[model - models] != site->stack)
            model++;
        ck_assert_uint_eq(site->objects, model->objects);
        ck_assert_uint_eq(site->bytes, model->bytes);
        ck_assert_mem_eq(site->storage, model->storage, sizeof model->storage);
        ck_assert_uint_eq(site->oldest_ms, model->oldest_ms);
        ck_assert_uint_eq(site->newest_ms, model->newest_ms);
        ck_assert_int_eq(site->function, (model - models) % 2 ? MT_FN_MALLOC : MT_FN_NEW);
        unsigned threads = 0;
        for (unsigned slot = 1; slot <= THREADS; slot++) {
            if (model->threads[slot])
                ck_assert_uint_eq(site->threads[threads++], slot);
        }
        ck_assert_uint_eq(site->thread_count, threads);
    }
    mt_sites_free(sites);
}

START_TEST(sites_are_what_a_naive_model_says)
{
    for (unsigned seed = 1; seed <= 5; seed++) {
        build(seed);
        compare(&(struct mt_site_filter){.verdicts = MT_VERDICTS_ALL, .born_before_ms = UINT64_MAX});
        compare(&(struct mt_site_filter){.verdicts = MT_VERDICTS_ALL, .born_before_ms = 2500});
        compare(&(struct mt_site_filter){.verdicts = MT_VERDICTS_ALL, .born_before_ms = UINT64_MAX,
                                         .storages = 1u << MT_STORAGE_BRK});
        mt_trace_close(trace);
    }
}
END_TEST

START_TEST(totals_count_everything_whatever_is_wanted)
{
    build(11);
    uint64_t bytes = 0, in_brk = 0;
    for (unsigned i = 0; i < count; i++) {
        bytes += blocks[i].size_bytes;
        in_brk += blocks[i].storage == MT_STORAGE_BRK;
    }
    ck_assert_uint_gt(in_brk, 0);
    ck_assert_uint_lt(in_brk, BLOCKS);
    struct mt_sites *sites;
    struct mt_error error;
    const struct mt_site_filter none = {.verdicts = MT_VERDICTS_ALL, .born_before_ms = 0};
    ck_assert_int_eq(mt_sites_collect(trace, &none, &sites, &error), MT_OK);
    ck_assert_uint_eq(mt_sites_count(sites), 0);
    const struct mt_unfreed *unfreed = mt_sites_unfreed(sites);
    ck_assert_uint_eq(unfreed->all.bytes, bytes);
    ck_assert_uint_eq(unfreed->storage[MT_STORAGE_BRK].objects, in_brk);
    ck_assert_uint_eq(unfreed->verdicts[MT_VERDICT_NONE].objects, BLOCKS);
    ck_assert_uint_eq(unfreed->verdicts[MT_VERDICT_DEFINITE].objects, 0);
    mt_sites_free(sites);
    mt_trace_close(trace);
}
END_TEST

START_TEST(kinds_and_verdicts_that_are_not_there_select_nothing)
{
    build(12);
    struct mt_error error;
    const struct mt_site_filter filters[] = {
        {.verdicts = MT_VERDICTS_ALL, .born_before_ms = UINT64_MAX, .kinds = 1u << MT_KIND_MAPPING},
        {.born_before_ms = UINT64_MAX, .verdicts = 1u << MT_VERDICT_DEFINITE}};
    for (int i = 0; i < 2; i++) {
        struct mt_sites *sites;
        ck_assert_int_eq(mt_sites_collect(trace, &filters[i], &sites, &error), MT_OK);
        ck_assert_uint_eq(mt_sites_count(sites), 0);
        mt_sites_free(sites);
    }
    mt_trace_close(trace);
}
END_TEST

/* With the mean at 1000 bytes, a block of 1000 stands for 1 / (1 - 1/e) = 1.58197670686933 blocks,
 * one of 0 for what one of 1 does, 1000.50008333333; and what is added up is rounded at the end. */
START_TEST(a_sampled_block_stands_for_more_and_sums_are_rounded_once)
{
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_header(builder)->sample_bytes = 1000;
    const uint32_t root = mt_builder_node(builder, 0, 0x1000, 0, MT_FN_UNKNOWN);
    for (unsigned i = 0; i < 100; i++)
        mt_builder_block(builder, 0x100000 + 2048 * i, 1000,
                         mt_builder_node(builder, root, 0x2000 + i, 0, MT_FN_MALLOC), 0, 0);
    const uint32_t empty = mt_builder_node(builder, root, 0x3000, 0, MT_FN_MALLOC);
    mt_builder_block(builder, 0x200000, 0, empty, 0, 0);
    trace = mt_open_built(builder);

    struct mt_sites *sites;
    struct mt_error error;
    const struct mt_site_filter all = {.verdicts = MT_VERDICTS_ALL, .born_before_ms = UINT64_MAX};
    ck_assert_int_eq(mt_sites_collect(trace, &all, &sites, &error), MT_OK);
    ck_assert_uint_eq(mt_sites_count(sites), 101);
    struct mt_site sum = {0};
    for (size_t i = 0; i < 101; i++) {
        const struct mt_site *site = mt_sites_at(sites, i);
        const bool is_empty = site->stack == empty;
        ck_assert_uint_eq(site->objects, is_empty ? 1001 : 2);
        ck_assert_uint_eq(site->bytes, is_empty ? 0 : 1582);
        mt_site_add(&sum, site);
    }
    mt_site_round(&sum);
    ck_assert_uint_eq(sum.objects, 1159); /* 158.198 + 1000.500 */
    ck_assert_uint_eq(sum.bytes, 158198);
    ck_assert_uint_eq(mt_sites_unfreed(sites)->all.objects, 1159);
    ck_assert_uint_eq(mt_sites_unfreed(sites)->all.bytes, 158198);
    mt_sites_free(sites);
    mt_trace_close(trace);
}
END_TEST

MT_UNIT_TESTS("sites", sites_are_what_a_naive_model_says,
              totals_count_everything_whatever_is_wanted,
              kinds_and_verdicts_that_are_not_there_select_nothing,
              a_sampled_block_stands_for_more_and_sums_are_rounded_once)
