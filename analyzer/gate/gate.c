/* gate.c: takes reports one after the other and ends with a verdict. Three ways out, never two: a
 * count that proves nothing is inconclusive, whether it is above what is allowed or below. */
#include "gate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include "proof.h"
#include "doubt.h"
#include "paper.h"
#include "scan.h"

/* ---- options ---- */

static int set_leaks(void *target, const char *value, struct mt_error *error)
{
    static const char *const words[] = {"definite", "possible", "reachable", "unfreed", NULL};
    struct mt_gate_options *options = target;
    unsigned leaks;
    const int status = mt_value_word(value, words, &leaks, error);
    if (status == 0)
        options->leaks = (enum mt_gate_leaks)leaks;
    return status;
}

static int set_max_bytes(void *target, const char *value, struct mt_error *error)
{
    struct mt_gate_options *options = target;
    options->has_max_bytes = true;
    return mt_value_bytes(value, &options->max_bytes, error);
}

static int set_max_blocks(void *target, const char *value, struct mt_error *error)
{
    struct mt_gate_options *options = target;
    options->has_max_blocks = true;
    return mt_value_count(value, &options->max_blocks, error);
}

static int set_exit_code(void *target, const char *value, struct mt_error *error)
{
    return mt_value_status(value, &((struct mt_gate_options *)target)->leak_status, error);
}

static int set_file(const char **ret_name, const char *value, struct mt_error *error)
{
    if (!*value)
        return mt_fail(error, MT_USAGE, "needs the name of a file");
    *ret_name = value;
    return 0;
}

#define SET_FILE(field)                                                                            \
    static int set_##field(void *target, const char *value, struct mt_error *error)                \
    {                                                                                              \
        return set_file(&((struct mt_gate_options *)target)->field, value, error);                 \
    }
SET_FILE(json)
SET_FILE(junit)
SET_FILE(sarif)
SET_FILE(baseline)
SET_FILE(write_baseline)
SET_FILE(write_suppressions)

static int add_only(void *target, const char *value, struct mt_error *error)
{
    return mt_globs_add(&((struct mt_gate_options *)target)->choice.only, value, error);
}

static int add_except(void *target, const char *value, struct mt_error *error)
{
    return mt_globs_add(&((struct mt_gate_options *)target)->choice.except, value, error);
}

static int annotate(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    (void)error;
    struct mt_gate_options *options = target;
    options->github = true;
    return 0;
}

static int allow_no_scan(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    (void)error;
    struct mt_gate_options *options = target;
    options->allow_no_scan = true;
    return 0;
}

static int leave_errors_out(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    (void)error;
    struct mt_gate_options *options = target;
    options->no_errors = true;
    return 0;
}

const struct mt_option mt_gate_option_list[] = {
    {"leaks", 0, true, set_leaks},
    {"allow-no-scan", 0, false, allow_no_scan},
    {"max-bytes", 0, true, set_max_bytes},
    {"max-blocks", 0, true, set_max_blocks},
    {"no-errors", 0, false, leave_errors_out},
    {"only", 0, true, add_only},
    {"except", 0, true, add_except},
    {"exit-code", 0, true, set_exit_code},
    {"json", 0, true, set_json},
    {"junit", 0, true, set_junit},
    {"sarif", 0, true, set_sarif},
    {"github", 0, false, annotate},
    {"baseline", 0, true, set_baseline},
    {"write-baseline", 0, true, set_write_baseline},
    {"write-suppressions", 0, true, set_write_suppressions},
    {NULL, 0, false, NULL},
};

/* ---- counting ---- */

void mt_gate_select(const struct mt_gate_options *options, struct mt_report_options *report)
{
    static const unsigned widths[] = {
        [MT_GATE_DEFINITE] = MT_VERDICTS_LEAKS,
        [MT_GATE_POSSIBLE] = MT_VERDICTS_LEAKS | 1u << MT_VERDICT_POSSIBLE,
        [MT_GATE_REACHABLE] =
            MT_VERDICTS_LEAKS | 1u << MT_VERDICT_POSSIBLE | 1u << MT_VERDICT_REACHABLE,
        [MT_GATE_UNFREED] = MT_VERDICTS_ALL & ~(1u << MT_VERDICT_IGNORED),
    };
    report->verdicts = widths[options->leaks];
    /* What no scan has looked at cannot be left out silently: it is counted, and doubted. */
    report->unscanned = options->allow_no_scan && options->leaks != MT_GATE_UNFREED
                            ? report->verdicts & ~(1u << MT_VERDICT_NONE)
                            : 1u << MT_VERDICT_NONE;
}

void mt_gate_doubt(struct mt_gate *gate, const char *format, ...)
{
    gate->doubt_count++;
    if (gate->doubt[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(gate->doubt, sizeof gate->doubt, format, arguments);
    va_end(arguments);
}

/* Whether the verdicts are those of the end, and nothing that held memory went unseen. What the
 * scan counts as lost because it could not see who held it must not fail a build. */
static void add_verdicts(struct mt_gate *gate, const struct mt_report *report, const char *path)
{
    const struct mt_count *counted = &report->rows.selected;
    char reason[MT_NO_VERDICTS_BYTES];
    if (mt_trace_has_verdicts_of_end(report->trace)) {
        const struct mt_scan *scan = mt_trace_scan(report->trace, 0);
        const uint32_t seen = mt_report_threads_scanned(report);
        if (seen < scan->threads && counted->objects > 0)
            mt_gate_doubt(gate,
                          "%s: the scan saw %" PRIu32 " of %" PRIu32
                          " threads, so what it calls lost may be held by the others (do they "
                          "block every signal, libc's own too?)",
                          path, seen, scan->threads);
        return;
    }
    if (report->unfreed.all.objects == 0)
        return; /* nothing there that could be lost */
    if (gate->options->allow_no_scan)
        gate->unscanned_count++;
    else if (mt_trace_no_verdicts(report->trace, reason))
        mt_gate_doubt(gate,
                      "%s: leaks cannot be told from what is still in use: %s; or: "
                      "--leaks=unfreed, --allow-no-scan",
                      path, reason);
    else
        mt_gate_doubt(gate,
                      "%s: its verdicts are those of a snapshot before its end (try: "
                      "--leaks=unfreed, or --allow-no-scan)",
                      path);
}

bool mt_gate_add(struct mt_gate *gate, const struct mt_report *report)
{
    const size_t doubts_before = gate->doubt_count;
    gate->process_count++;
    gate->leaked.objects += report->rows.selected.objects;
    gate->leaked.bytes += report->rows.selected.bytes;
    if (!gate->options->no_errors)
        gate->errors += report->told.count + mt_trace_lost_misuses(report->trace);
    gate->mappings += report->rows.selected_mappings;
    gate->allocations += report->totals.allocations;

    const char *path = mt_trace_path(report->trace);
    char text[MT_DOUBT_BYTES];
    if (mt_trace_loss(report->trace, text))
        mt_gate_doubt(gate, "%s: %s", path, text);
    gate->is_estimate |= mt_trace_is_sampled(report->trace);
    if (mt_trace_is_sampled(report->trace))
        mt_gate_doubt(gate,
                      "%s: holds a sample, so what it counts are estimates (record it without "
                      "sample in MEMTRACE_OPTIONS)",
                      path);
    if (mt_proof_doubt(report->trace, gate->options->leaks != MT_GATE_UNFREED, text))
        mt_gate_doubt(gate, "%s: %s", path, text);
    if (report->fate == MT_FATE_RUNNING)
        mt_gate_doubt(gate,
                      "%s: its process still runs (wait for its end, or leave out what a program "
                      "starts with MEMTRACE_OPTIONS=children=off)",
                      path);
    if (gate->options->leaks != MT_GATE_UNFREED)
        add_verdicts(gate, report, path);
    return gate->doubt_count == doubts_before;
}

/* ---- verdict ---- */

static bool exceeds_limits(const struct mt_gate *gate)
{
    const struct mt_gate_options *options = gate->options;
    const bool is_limited_by_bytes = options->has_max_bytes || !options->has_max_blocks;
    const bool is_limited_by_blocks = options->has_max_blocks || !options->has_max_bytes;
    return (is_limited_by_bytes && gate->leaked.bytes > options->max_bytes) ||
           (is_limited_by_blocks && gate->leaked.objects > options->max_blocks);
}

/* "1,184 bytes", "21 blocks" (or whatever `noun` says), or both. Written to `text`, which is
 * returned. */
static const char *amount(bool has_bytes, uint64_t bytes, bool has_blocks, uint64_t blocks,
                          const char *noun, char text[MT_GATE_AMOUNT_BYTES])
{
    char number[MT_NUMBER_SIZE];
    int length = 0;
    if (has_bytes)
        length = snprintf(text, MT_GATE_AMOUNT_BYTES, "%s byte%s", mt_number_text(bytes, number),
                          bytes == 1 ? "" : "s");
    if (has_blocks)
        snprintf(text + length, MT_GATE_AMOUNT_BYTES - (size_t)length, "%s%s %s%s",
                 has_bytes ? " in " : "", mt_number_text(blocks, number), noun,
                 blocks == 1 ? "" : "s");
    return text;
}

const char *mt_gate_counted(const struct mt_gate *gate, char text[MT_GATE_AMOUNT_BYTES])
{
    return amount(true, gate->leaked.bytes, true, gate->leaked.objects,
                  gate->mappings ? "object" : "block", text);
}

const char *mt_gate_errors(const struct mt_gate *gate, char text[MT_GATE_AMOUNT_BYTES])
{
    char count[64];
    text[0] = '\0';
    if (gate->errors)
        snprintf(text, MT_GATE_AMOUNT_BYTES, "%s in the use of memory, ",
                 mt_count_text(gate->errors, "error", count));
    return text;
}

int mt_gate_judge(const struct mt_gate *gate, char line[MT_GATE_LINE_BYTES])
{
    const struct mt_gate_options *options = gate->options;
    char errors[MT_GATE_AMOUNT_BYTES];
    if (gate->doubt[0] && gate->errors) { /* what was seen to be wrong is wrong */
        snprintf(line, MT_GATE_LINE_BYTES, "errors: %sand leaks cannot be told: %s",
                 mt_gate_errors(gate, errors), gate->doubt);
        return options->leak_status;
    }
    if (gate->doubt[0] || gate->allocations == 0) {
        snprintf(line, MT_GATE_LINE_BYTES, "inconclusive: %s",
                 gate->doubt[0] ? gate->doubt : MT_DOUBT_SILENT);
        return MT_INCONCLUSIVE;
    }
    const bool exceeds = exceeds_limits(gate);
    char unscanned[64] = "", left_out[64] = "";
    if (gate->left_out_count)
        snprintf(left_out, sizeof left_out, ", %zu left out", gate->left_out_count);
    if (gate->unscanned_count)
        snprintf(unscanned, sizeof unscanned, ", %zu without verdicts at the end",
                 gate->unscanned_count);
    char counted[MT_GATE_AMOUNT_BYTES], allowed[MT_GATE_AMOUNT_BYTES] = "nothing",
                                        calls[MT_NUMBER_SIZE];
    if (options->has_max_bytes || options->has_max_blocks)
        amount(options->has_max_bytes, options->max_bytes, options->has_max_blocks,
               options->max_blocks, "block", allowed);
    snprintf(line, MT_GATE_LINE_BYTES,
             "%s: %s%s %s, allowed %s (%s allocation%s seen in %zu process%s%s%s)",
             gate->errors ? "errors"
             : exceeds    ? "leaks"
                          : "clean",
             mt_gate_errors(gate, errors), mt_gate_counted(gate, counted),
             options->leaks <= MT_GATE_POSSIBLE ? "leaked" : "not freed", allowed,
             mt_number_text(gate->allocations, calls), gate->allocations == 1 ? "" : "s",
             gate->process_count, gate->process_count == 1 ? "" : "es", unscanned, left_out);
    return exceeds || gate->errors ? options->leak_status : MT_OK;
}
