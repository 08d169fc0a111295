/* The gate: what is within limits, what counts by verdict, and what makes a count prove nothing. */
#include "built.h"

#include <string.h>
#include "gate.h"

/* A gate that has counted so much, in one process that made a hundred allocations. */
static int judge(const struct mt_gate_options *options, uint64_t bytes, uint64_t objects)
{
    char line[MT_GATE_LINE_BYTES];
    const struct mt_gate gate = {
        .options = options,
        .leaked = {.bytes = bytes, .objects = objects},
        .allocations = 100,
        .process_count = 1,
    };
    return mt_gate_judge(&gate, line);
}

START_TEST(without_limits_nothing_is_allowed)
{
    const struct mt_gate_options options = {.leak_status = MT_LEAKS};
    ck_assert_int_eq(judge(&options, 0, 0), MT_OK);
    ck_assert_int_eq(judge(&options, 1, 1), MT_LEAKS);
    ck_assert_int_eq(judge(&options, 0, 1), MT_LEAKS); /* malloc(0) */
}
END_TEST

START_TEST(a_limit_alone_is_the_only_one)
{
    const struct mt_gate_options bytes = {
        .has_max_bytes = true, .max_bytes = 481, .leak_status = MT_LEAKS};
    ck_assert_int_eq(judge(&bytes, 481, 1000000), MT_OK);
    ck_assert_int_eq(judge(&bytes, 482, 1), MT_LEAKS);

    const struct mt_gate_options blocks = {
        .has_max_blocks = true, .max_blocks = 13, .leak_status = MT_LEAKS};
    ck_assert_int_eq(judge(&blocks, UINT64_MAX, 13), MT_OK);
    ck_assert_int_eq(judge(&blocks, 14, 14), MT_LEAKS);
}
END_TEST

START_TEST(both_limits_hold)
{
    const struct mt_gate_options options = {.has_max_bytes = true,
                                            .max_bytes = 481,
                                            .has_max_blocks = true,
                                            .max_blocks = 13,
                                            .leak_status = 7};
    ck_assert_int_eq(judge(&options, 481, 13), MT_OK);
    ck_assert_int_eq(judge(&options, 482, 13), 7);
    ck_assert_int_eq(judge(&options, 481, 14), 7);
}
END_TEST

START_TEST(the_verdict_says_what_was_counted_and_allowed)
{
    char line[MT_GATE_LINE_BYTES];
    struct mt_gate_options options = {.leaks = MT_GATE_UNFREED, .leak_status = MT_LEAKS};
    struct mt_gate gate = {.options = &options,
                           .leaked = {.bytes = 1184, .objects = 1},
                           .allocations = 48211,
                           .process_count = 2};
    mt_gate_judge(&gate, line);
    ck_assert_str_eq(line, "leaks: 1,184 bytes in 1 block not freed, allowed nothing "
                           "(48,211 allocations seen in 2 processes)");
    options.has_max_bytes = options.has_max_blocks = true;
    options.max_bytes = 65536;
    options.max_blocks = 1;
    options.leaks = MT_GATE_DEFINITE;
    gate.allocations = gate.process_count = 1;
    mt_gate_judge(&gate, line);
    ck_assert_str_eq(line, "clean: 1,184 bytes in 1 block leaked, allowed 65,536 bytes in 1 block "
                           "(1 allocation seen in 1 process)");
}
END_TEST

START_TEST(a_doubt_is_stronger_than_any_count)
{
    const struct mt_gate_options options = {.leak_status = MT_LEAKS};
    for (uint64_t objects = 0; objects < 2; objects++) {
        char line[MT_GATE_LINE_BYTES];
        struct mt_gate gate = {
            .options = &options, .leaked = {.objects = objects}, .allocations = 1};
        mt_gate_doubt(&gate, "the %s reason", "first");
        mt_gate_doubt(&gate, "the second");
        ck_assert_int_eq(mt_gate_judge(&gate, line), MT_INCONCLUSIVE);
        ck_assert_str_eq(line, "inconclusive: the first reason");
    }
}
END_TEST

START_TEST(no_allocation_seen_proves_nothing)
{
    char line[MT_GATE_LINE_BYTES];
    const struct mt_gate_options options = {.leak_status = MT_LEAKS};
    const struct mt_gate gate = {.options = &options, .process_count = 3};
    ck_assert_int_eq(mt_gate_judge(&gate, line), MT_INCONCLUSIVE);
}
END_TEST

START_TEST(each_width_of_leak_holds_the_narrower)
{
    const unsigned leaks =
        1u << MT_VERDICT_DEFINITE | 1u << MT_VERDICT_INDIRECT | 1u << MT_VERDICT_SUSPECT;
    const unsigned widths[] = {leaks, leaks | 1u << MT_VERDICT_POSSIBLE,
                               leaks | 1u << MT_VERDICT_POSSIBLE | 1u << MT_VERDICT_REACHABLE,
                               leaks | 1u << MT_VERDICT_POSSIBLE | 1u << MT_VERDICT_REACHABLE |
                                   1u << MT_VERDICT_NONE};
    for (int i = MT_GATE_DEFINITE; i <= MT_GATE_UNFREED; i++) {
        struct mt_report_options report = {0};
        mt_gate_select(&(struct mt_gate_options){.leaks = (enum mt_gate_leaks)i}, &report);
        ck_assert_uint_eq(report.verdicts, widths[i]);
        ck_assert_uint_eq(report.unscanned, 1u << MT_VERDICT_NONE);

        mt_gate_select(
            &(struct mt_gate_options){.leaks = (enum mt_gate_leaks)i, .allow_no_scan = true},
            &report);
        ck_assert_uint_eq(report.verdicts, widths[i]);
        ck_assert_int_eq(!(report.unscanned & 1u << MT_VERDICT_NONE), i != MT_GATE_UNFREED);
    }
}
END_TEST

/* The gate after one report of `trace`, which it closes. */
static struct mt_gate gate_of(const struct mt_gate_options *options, struct mt_trace *trace,
                              enum mt_fate fate, uint64_t unclassified)
{
    struct mt_gate gate = {.options = options};
    struct mt_report report = {.trace = trace, .fate = fate};
    report.totals.allocations = 5;
    report.rows.selected = (struct mt_count){.objects = 3, .bytes = 30};
    report.unfreed.verdicts[MT_VERDICT_NONE].objects = unclassified;
    report.unfreed.all.objects = unclassified;
    mt_gate_add(&gate, &report);
    mt_trace_close(trace);
    return gate;
}

START_TEST(a_sound_trace_raises_no_doubt)
{
    const struct mt_gate_options unfreed = {.leaks = MT_GATE_UNFREED};
    struct mt_gate gate = gate_of(&unfreed, mt_open_built(mt_builder_create(5)), MT_FATE_EXITED, 3);
    ck_assert_str_eq(gate.doubt, "");
    ck_assert_uint_eq(gate.leaked.objects, 3);
    ck_assert_uint_eq(gate.leaked.bytes, 30);
    ck_assert_uint_eq(gate.allocations, 5);

    const struct mt_gate_options definite = {.leaks = MT_GATE_DEFINITE};
    gate = gate_of(&definite, mt_open_built(mt_builder_create(5)), MT_FATE_KILLED, 0);
    ck_assert_str_eq(gate.doubt, "");
}
END_TEST

START_TEST(objects_without_a_verdict_are_a_doubt_unless_all_count)
{
    for (int leaks = MT_GATE_DEFINITE; leaks <= MT_GATE_UNFREED; leaks++) {
        const struct mt_gate_options options = {.leaks = (enum mt_gate_leaks)leaks};
        const struct mt_gate gate =
            gate_of(&options, mt_open_built(mt_builder_create(5)), MT_FATE_EXITED, 1);
        ck_assert_int_eq(strstr(gate.doubt, "--leaks=unfreed") != NULL, leaks != MT_GATE_UNFREED);
    }
}
END_TEST

START_TEST(a_process_that_runs_is_a_doubt)
{
    const struct mt_gate_options options = {.leaks = MT_GATE_UNFREED};
    const struct mt_gate gate =
        gate_of(&options, mt_open_built(mt_builder_create(5)), MT_FATE_RUNNING, 0);
    ck_assert_ptr_nonnull(strstr(gate.doubt, "still runs"));
}
END_TEST

START_TEST(a_trace_with_losses_is_a_doubt)
{
    const struct mt_gate_options options = {.leaks = MT_GATE_UNFREED};
    static const char *const reasons[] = {"defines malloc itself", "no room", "12 allocations"};
    for (int i = 0; i < 3; i++) {
        struct trace_builder *builder = mt_builder_create(5);
        struct mt_header *header = mt_builder_header(builder);
        header->flags |= i == 0 ? MT_FLAG_FOREIGN_MALLOC : i == 1 ? MT_FLAG_FULL : 0;
        header->lost_blocks = i == 2 ? 12 : 0;
        const struct mt_gate gate = gate_of(&options, mt_open_built(builder), MT_FATE_EXITED, 0);
        ck_assert_msg(strstr(gate.doubt, reasons[i]) != NULL, "%s", gate.doubt);
    }
}
END_TEST

START_TEST(a_sample_is_a_doubt)
{
    const struct mt_gate_options options = {.leaks = MT_GATE_UNFREED};
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_header(builder)->sample_bytes = 524288;
    const struct mt_gate gate = gate_of(&options, mt_open_built(builder), MT_FATE_EXITED, 0);
    ck_assert_msg(strstr(gate.doubt, "holds a sample") != NULL, "%s", gate.doubt);
    ck_assert(gate.is_estimate);
}
END_TEST

START_TEST(what_is_not_known_is_judged)
{
    struct mt_choice choice = {0};
    ck_assert(mt_choice_has(&choice, NULL));
    ck_assert(!mt_choice_is_tool(&choice, NULL));
    ck_assert(!mt_choice_has(&choice, "/bin/sh"));
    ck_assert(mt_choice_is_tool(&choice, "/bin/sh"));
    ck_assert_int_eq(mt_globs_add(&choice.only, "test_*", NULL), 0);
    ck_assert(mt_choice_has(&choice, NULL));
    ck_assert(!mt_choice_has(&choice, "/bin/app"));
}
END_TEST

MT_UNIT_TESTS("gate", without_limits_nothing_is_allowed, a_limit_alone_is_the_only_one,
              both_limits_hold, the_verdict_says_what_was_counted_and_allowed,
              a_doubt_is_stronger_than_any_count, no_allocation_seen_proves_nothing,
              each_width_of_leak_holds_the_narrower, a_sound_trace_raises_no_doubt,
              objects_without_a_verdict_are_a_doubt_unless_all_count,
              a_process_that_runs_is_a_doubt, a_trace_with_losses_is_a_doubt, a_sample_is_a_doubt,
              what_is_not_known_is_judged)
