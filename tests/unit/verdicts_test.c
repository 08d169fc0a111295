/* Verdicts: planes beside the blocks they are of, ages, mappings, heads; sites and rows by verdict;
 * why there are none. */
#include <string.h>
#include "built.h"
#include "report.h"
#include "scan.h"
#include "sites.h"
#include "verdict_text.h"

enum { BLOCKS = 4000, BASE = 0x10000000, TAKEN_MS = 5000 };

static struct mt_error error;

/* What each block was given, by index. */
struct given {
    enum mt_verdict newest, before;
    uint64_t born_ms;
};
static struct given given[BLOCKS];

static uint64_t address_of(unsigned i)
{
    return BASE + 48 * (uint64_t)i; /* both halves of granules, several leaves */
}

static unsigned index_of(uint64_t address)
{
    return (unsigned)((address - BASE) / 48);
}

static uint32_t any_stack(struct trace_builder *builder)
{
    return mt_builder_node(builder, 0, 0x1000, 0, MT_FN_MALLOC);
}

static void add_plane(struct trace_builder *builder, uint64_t taken_ms)
{
    mt_builder_snapshot(builder, MT_CAUSE_REQUEST, taken_ms);
    mt_builder_scan(builder, 1);
    for (unsigned i = 0; i < BLOCKS; i++) {
        given[i].before = given[i].newest;
        given[i].newest = (enum mt_verdict)(rand() % MT_VERDICT_SUSPECT);
        mt_builder_verdict(builder, address_of(i), given[i].newest);
    }
}

static int compare_block(const struct mt_block *block, void *context)
{
    const struct given *wanted = &given[index_of(block->address)];
    const uint64_t *times = context;
    ck_assert_int_eq(block->verdict, wanted->born_ms <= times[0] ? wanted->newest : 0);
    ck_assert_int_eq(block->before, wanted->born_ms <= times[1] ? wanted->before : 0);
    return 0;
}

START_TEST(blocks_have_the_verdicts_of_their_words_unless_they_are_younger)
{
    for (unsigned shift = 4; shift <= 5; shift++) {
        for (int snapshots = 1; snapshots <= 4; snapshots++) {
            srand(100 * shift + (unsigned)snapshots);
            memset(given, 0, sizeof given);
            struct trace_builder *builder = mt_builder_create(shift);
            const uint32_t stack = any_stack(builder);
            for (unsigned i = 0; i < BLOCKS; i++) {
                given[i].born_ms = (uint64_t)rand() % (2 * TAKEN_MS);
                mt_builder_block(builder, address_of(i), 1 + (uint64_t)rand() % 40, stack, 0,
                                 given[i].born_ms);
            }
            for (int i = 1; i <= snapshots; i++)
                add_plane(builder, (uint64_t)i * TAKEN_MS / 4);
            struct mt_trace *trace = mt_open_built(builder);
            ck_assert_str_eq(mt_trace_damage(trace)->first, "");
            ck_assert(mt_trace_has_verdicts(trace, 0));
            ck_assert_int_eq(mt_trace_has_verdicts(trace, 1), snapshots > 1);
            uint64_t times[] = {(uint64_t)snapshots * TAKEN_MS / 4,
                                (uint64_t)(snapshots - 1) * TAKEN_MS / 4};
            mt_trace_blocks(trace, compare_block, times);
            mt_trace_close(trace);
        }
    }
}
END_TEST

/* ---- damage ---- */

static int count_classified(const struct mt_block *block, void *context)
{
    *(unsigned *)context += block->verdict != MT_VERDICT_NONE;
    return 0;
}

static unsigned classified(struct trace_builder *builder)
{
    unsigned count = 0;
    struct mt_trace *trace = mt_open_built(builder);
    mt_trace_blocks(trace, count_classified, &count);
    mt_trace_close(trace);
    return count;
}

static struct trace_builder *one_leak(struct mt_scan **ret_scan)
{
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_block(builder, BASE, 24, any_stack(builder), 0, 7);
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 800);
    *ret_scan = mt_builder_scan(builder, 1);
    mt_builder_verdict(builder, BASE, MT_VERDICT_DEFINITE);
    return builder;
}

START_TEST(verdicts_of_a_scan_that_did_not_end_are_not_used)
{
    struct mt_scan *scan;
    ck_assert_uint_eq(classified(one_leak(&scan)), 1);
    struct trace_builder *builder = one_leak(&scan);
    scan->flags = MT_SCAN_INCOMPLETE;
    ck_assert_uint_eq(classified(builder), 0);
    builder = one_leak(&scan);
    scan->problem = MT_SCAN_DIED;
    ck_assert_uint_eq(classified(builder), 0);
}
END_TEST

START_TEST(what_is_no_verdict_is_damage)
{
    struct mt_scan *scan;
    struct trace_builder *builder = one_leak(&scan);
    mt_builder_verdict(builder, BASE, MT_VERDICT_SUSPECT);
    struct mt_trace *trace = mt_open_built(builder);
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_extents, 1);
    ck_assert_ptr_nonnull(strstr(mt_trace_damage(trace)->first, "no such verdict"));
    mt_trace_close(trace);
}
END_TEST

/* ---- mappings ---- */

static int note_verdict(const struct mt_live_mapping *mapping, void *context)
{
    enum mt_verdict *verdicts = context;
    verdicts[mapping->address >> 20] = mapping->verdict;
    return 0;
}

/* The piece at 3 MiB was cut off the one at 2 MiB after the snapshot; that at 5 MiB came after it
 * where another had been. */
START_TEST(mappings_are_known_by_birth_not_by_address)
{
    struct trace_builder *builder = mt_builder_create(5);
    const uint32_t stack = any_stack(builder);
    uint64_t births[6] = {0};
    for (uint64_t i = 1; i <= 5; i++)
        births[i] = mt_builder_mapping(builder, i << 20, 4096, stack, 0, 1)->birth;
    struct mt_mapping *cut = mt_builder_mapping(builder, 6 << 20, 4096, stack, 0, 1);
    cut->birth = births[2];
    mt_builder_snapshot(builder, MT_CAUSE_REQUEST, 800);
    mt_builder_scan(builder, 1);
    const struct mt_mapping_verdict verdicts[] = {
        {births[4], 4 << 20, MT_VERDICT_POSSIBLE},
        {births[2], 2 << 20, MT_VERDICT_DEFINITE},
        {births[1], 1 << 20, MT_VERDICT_REACHABLE},
        {99, 5 << 20, MT_VERDICT_DEFINITE},
        {births[3], 3 << 20, 77},
    };
    mt_builder_seen(builder, MT_SNAPSHOT_MAPPINGS, verdicts, sizeof verdicts);
    struct mt_trace *trace = mt_open_built(builder);
    enum mt_verdict found[7] = {0};
    mt_trace_mappings(trace, note_verdict, found);
    const enum mt_verdict wanted[7] = {0,
                                       MT_VERDICT_REACHABLE,
                                       MT_VERDICT_DEFINITE,
                                       MT_VERDICT_NONE,
                                       MT_VERDICT_POSSIBLE,
                                       MT_VERDICT_NONE,
                                       MT_VERDICT_DEFINITE};
    ck_assert_mem_eq(found, wanted, sizeof wanted);
    mt_trace_close(trace);
}
END_TEST

/* ---- reports ---- */

/* One site with a block of each verdict, and a site of two small heads that hold much. */
static struct mt_report *open_mixed(struct mt_report_options *options)
{
    struct trace_builder *builder = mt_builder_create(5);
    const uint32_t mixed = any_stack(builder);
    const uint32_t heads = mt_builder_node(builder, 0, 0x2000, 0, MT_FN_MALLOC);
    mt_builder_thread(builder, 1, "main")->calls[MT_FN_MALLOC] = 9;
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 800);
    mt_builder_scan(builder, 1);
    for (unsigned i = 0; i < MT_VERDICT_SUSPECT; i++) {
        mt_builder_block(builder, address_of(i), 40 + i, mixed, 1, 7);
        mt_builder_verdict(builder, address_of(i), (enum mt_verdict)i);
    }
    struct mt_leak_head held[] = {{address_of(11), 2, 900}, {address_of(10), 1, 100}};
    for (unsigned i = 10; i < 12; i++) {
        mt_builder_block(builder, address_of(i), 8, heads, 1, 7);
        mt_builder_verdict(builder, address_of(i), MT_VERDICT_DEFINITE);
    }
    mt_builder_seen(builder, MT_SNAPSHOT_HEADS, held, sizeof held);

    char path[] = "/tmp/verdicts.XXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    mt_builder_save(builder, path);
    mt_builder_destroy(builder);
    struct mt_report *report;
    ck_assert_int_eq(mt_report_open(path, options, &report, &error), MT_OK);
    unlink(path);
    return report;
}

static void rows_are(struct mt_report_options options, const enum mt_verdict *verdicts,
                     const uint64_t *bytes, size_t count)
{
    struct mt_report *report = open_mixed(&options);
    ck_assert_uint_eq(report->rows.shown, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(report->rows.items[i].site.verdict, verdicts[i]);
        ck_assert_uint_eq(report->rows.items[i].site.bytes, bytes[i]);
    }
    mt_report_close(report);
}

START_TEST(leaks_are_what_a_report_lists_heads_with_what_they_hold_first)
{
    const enum mt_verdict leaks[] = {MT_VERDICT_DEFINITE, MT_VERDICT_DEFINITE, MT_VERDICT_INDIRECT};
    const uint64_t bytes[] = {16, 44, 43}; /* 16 bytes hold 1,000 */
    rows_are((struct mt_report_options){0}, leaks, bytes, 3);

    const enum mt_verdict by_bytes[] = {MT_VERDICT_DEFINITE, MT_VERDICT_INDIRECT,
                                        MT_VERDICT_DEFINITE};
    const uint64_t descending[] = {44, 43, 16};
    rows_are((struct mt_report_options){.format = 1}, by_bytes, descending, 3); /* JSON */
}
END_TEST

START_TEST(each_verdict_of_a_stack_is_a_site)
{
    const enum mt_verdict all[] = {MT_VERDICT_DEFINITE, MT_VERDICT_DEFINITE, MT_VERDICT_INDIRECT,
                                   MT_VERDICT_POSSIBLE, MT_VERDICT_NONE,     MT_VERDICT_REACHABLE,
                                   MT_VERDICT_IGNORED};
    const uint64_t bytes[] = {16, 44, 43, 42, 40, 41, 45};
    rows_are((struct mt_report_options){.verdicts = MT_VERDICTS_ALL}, all, bytes, 7);

    struct mt_report_options options = {0};
    struct mt_report *report = open_mixed(&options);
    ck_assert_uint_eq(report->rows.items[0].site.held.objects, 3);
    ck_assert_uint_eq(report->rows.items[0].site.held.bytes, 1000);
    ck_assert_uint_eq(report->rows.items[1].site.held.objects, 0);
    const struct mt_count leaks = mt_unfreed_leaks(&report->unfreed);
    ck_assert_uint_eq(leaks.objects, 4);
    ck_assert_uint_eq(leaks.bytes, 103);
    ck_assert_uint_eq(report->unfreed.all.bytes, 16 + 40 + 41 + 42 + 43 + 44 + 45);
    ck_assert_uint_eq(mt_report_threads_scanned(report), 1);
    mt_report_close(report);
}
END_TEST

START_TEST(without_verdicts_all_is_listed_unless_some_are_asked_for)
{
    struct mt_report_options options = {0};
    ck_assert_uint_eq(mt_report_verdicts(&options, false), MT_VERDICTS_ALL);
    ck_assert_uint_eq(mt_report_verdicts(&options, true), MT_VERDICTS_LEAKS);
    options.verdicts = options.unscanned = 1u << MT_VERDICT_REACHABLE;
    ck_assert_uint_eq(mt_report_verdicts(&options, false), 1u << MT_VERDICT_REACHABLE);
    ck_assert_uint_eq(mt_report_verdicts(&options, true), 1u << MT_VERDICT_REACHABLE);
}
END_TEST

/* ---- since the snapshot before ---- */

START_TEST(since_leaves_out_what_was_lost_before_or_has_not_changed)
{
    struct trace_builder *builder = mt_builder_create(5);
    const uint32_t stack = any_stack(builder);
    const struct {
        enum mt_verdict before, now;
        uint64_t born_ms, bytes;
        bool is_new;
    } blocks[] = {
        {MT_VERDICT_DEFINITE, MT_VERDICT_DEFINITE, 10, 1, false},
        {MT_VERDICT_INDIRECT, MT_VERDICT_DEFINITE, 10, 2, false},
        {MT_VERDICT_REACHABLE, MT_VERDICT_DEFINITE, 10, 4, true},
        {MT_VERDICT_POSSIBLE, MT_VERDICT_INDIRECT, 10, 8, true},
        {MT_VERDICT_NONE, MT_VERDICT_DEFINITE, 10, 16, true},
        {MT_VERDICT_REACHABLE, MT_VERDICT_REACHABLE, 10, 32, false},
        {MT_VERDICT_NONE, MT_VERDICT_REACHABLE, 10, 64, true},
        /* lies where another was that had been lost: younger than the first snapshot */
        {MT_VERDICT_DEFINITE, MT_VERDICT_DEFINITE, 150, 128, true},
    };
    const unsigned count = sizeof blocks / sizeof blocks[0];
    uint64_t wanted = 0;
    for (unsigned i = 0; i < count; i++) {
        mt_builder_block(builder, BASE + 256 * i, blocks[i].bytes, stack, 0, blocks[i].born_ms);
        wanted += blocks[i].is_new ? blocks[i].bytes : 0;
    }
    for (int snapshot = 0; snapshot < 2; snapshot++) {
        mt_builder_snapshot(builder, MT_CAUSE_REQUEST, snapshot ? 200 : 100);
        mt_builder_scan(builder, 1);
        for (unsigned i = 0; i < count; i++)
            mt_builder_verdict(builder, BASE + 256 * i,
                               snapshot ? blocks[i].now : blocks[i].before);
    }
    struct mt_trace *trace = mt_open_built(builder);
    struct mt_sites *sites;
    const struct mt_site_filter filter = {
        .verdicts = MT_VERDICTS_ALL, .born_before_ms = UINT64_MAX, .since_before = true};
    ck_assert_int_eq(mt_sites_collect(trace, &filter, &sites, &error), MT_OK);
    uint64_t found = 0;
    for (size_t i = 0; i < mt_sites_count(sites); i++)
        found += mt_sites_at(sites, i)->bytes;
    ck_assert_uint_eq(found, wanted);
    mt_sites_free(sites);
    mt_trace_close(trace);
}
END_TEST

/* ---- why there are none ---- */

static void reason_is(struct trace_builder *builder, const char *part)
{
    char text[MT_NO_VERDICTS_BYTES];
    struct mt_trace *trace = mt_open_built(builder);
    const char *reason = mt_trace_no_verdicts(trace, text);
    if (!part)
        ck_assert_ptr_null(reason);
    else
        ck_assert_msg(reason && strstr(reason, part), "%s", reason);
    mt_trace_close(trace);
}

START_TEST(a_trace_without_verdicts_says_why)
{
    struct mt_scan *scan;
    reason_is(one_leak(&scan), NULL);

    reason_is(mt_builder_create(5), "_exit");
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_text(builder, MT_FACT_OPTIONS, "quiet=1:scan=none");
    reason_is(builder, "scan=none");
    builder = mt_builder_create(5);
    mt_builder_text(builder, MT_FACT_OPTIONS, "output=noscan=none");
    reason_is(builder, "_exit");
    builder = mt_builder_create(5);
    mt_builder_header(builder)->sample_bytes = 512;
    reason_is(builder, "sample");
    builder = mt_builder_create(5);
    mt_builder_header(builder)->end = MT_END_RUNNING;
    mt_builder_header(builder)->end_signal = 9;
    reason_is(builder, "killed");
    builder = mt_builder_create(5);
    mt_builder_header(builder)->end = MT_END_EXEC;
    reason_is(builder, "exec");

    static const char *const problems[] = {
        [MT_SCAN_SAMPLED] = "sample",    [MT_SCAN_NO_MEMORY] = "no memory",
        [MT_SCAN_NO_CLONE] = "refused",  [MT_SCAN_DIED] = "killed",
        [MT_SCAN_LATE] = "longer",       [MT_SCAN_NO_MAPS] = "/proc",
        [MT_SCAN_WITHHELD] = "DONTFORK", [MT_SCAN_INTERRUPTED] = "signal"};
    for (uint32_t i = MT_SCAN_SAMPLED; i <= MT_SCAN_INTERRUPTED; i++) {
        builder = one_leak(&scan);
        scan->problem = i;
        reason_is(builder, problems[i]);
    }
}
END_TEST

MT_UNIT_TESTS("verdicts", blocks_have_the_verdicts_of_their_words_unless_they_are_younger,
              verdicts_of_a_scan_that_did_not_end_are_not_used, what_is_no_verdict_is_damage,
              mappings_are_known_by_birth_not_by_address,
              leaks_are_what_a_report_lists_heads_with_what_they_hold_first,
              each_verdict_of_a_stack_is_a_site,
              without_verdicts_all_is_listed_unless_some_are_asked_for,
              since_leaves_out_what_was_lost_before_or_has_not_changed,
              a_trace_without_verdicts_says_why)
