/* report.c: puts a report together: trace -> sites -> rows, with the facts about the process that
 * all formats print; and prints several. */
#include <stdlib.h>
#include <string.h>
#include "progress.h"
#include "report.h"
#include "scan.h"

const struct mt_report_format mt_report_formats[] = {
    {.name = "text",
     .print = mt_report_print_text,
     .has_heads_first = true,
     .before = "",
     .between = "\n",
     .after = ""},
    {.name = "json",
     .print = mt_report_print_json,
     .lists_suppressed = true,
     .before = "[\n",
     .between = ",\n",
     .after = "]\n"},
    {.name = "html",
     .print = mt_report_print_html,
     .has_heads_first = true,
     .lists_suppressed = true,
     .lists_all = true,
     .before = "",
     .between = "",
     .after = "",
     .begin = mt_report_begin_html,
     .end = mt_report_end_html},
    {NULL},
};

static int note_birth(const struct mt_block *block, void *context)
{
    uint64_t *newest_ms = context;
    if (block->born_ms > *newest_ms)
        *newest_ms = block->born_ms;
    return 0;
}

static int note_mapping(const struct mt_live_mapping *mapping, void *context)
{
    uint64_t *newest_ms = context;
    if (mapping->born_ms > *newest_ms)
        *newest_ms = mapping->born_ms;
    return 0;
}

/* Where the end is not known, it is the last allocation that is still there. */
static uint64_t end_ms_of(const struct mt_report *report)
{
    uint64_t end_ms = report->duration_ms;
    if (!report->has_duration) {
        mt_trace_blocks(report->trace, note_birth, &end_ms);
        mt_trace_mappings(report->trace, note_mapping, &end_ms);
    }
    return end_ms;
}

/* Objects are too young when they were born then or later. */
static uint64_t born_before_ms(const struct mt_report *report, uint64_t min_age_ms)
{
    if (min_age_ms == 0)
        return UINT64_MAX;
    const uint64_t end_ms = end_ms_of(report);
    return end_ms >= min_age_ms ? end_ms - min_age_ms + 1 : 0;
}

/* Puts the sites of another view in the place of what is unfreed. */
static int turn_to_view(struct mt_report *report, const struct mt_report_options *options,
                        struct mt_error *error)
{
    const bool lists_all = mt_report_formats[options->format].lists_all;
    const enum mt_site_view view = options->view;
    report->view = lists_all ? MT_VIEW_UNFREED : view;
    report->view_sum = report->unfreed.all;
    if (view == MT_VIEW_UNFREED)
        return MT_OK;
    if (!mt_trace_has_accounts(report->trace))
        return mt_fail(error, MT_UNREADABLE, "%s: only says what is unfreed: it %s",
                       mt_trace_path(report->trace),
                       mt_trace_is_sampled(report->trace)
                           ? "is sampled (try: without --at, --temporary)"
                           : "was recorded without option peak (try: MEMTRACE_OPTIONS=peak=on "
                             "memtrace run PROGRAM)");
    if (lists_all)
        return MT_OK;
    mt_sites_free(report->sites);
    report->sites = NULL;
    const int status = mt_sites_collect_view(report->trace, view, &report->sites, error);
    if (status == MT_OK)
        report->view_sum = mt_sites_unfreed(report->sites)->all;
    return status;
}

static int fill_report(struct mt_report *report, const struct mt_report_options *options,
                       struct mt_error *error)
{
    report->fate = mt_process_fate(report->trace);
    report->totals = mt_trace_totals(report->trace);
    report->pages_known = mt_pages_known(report->trace);
    report->has_duration = mt_process_duration(report->trace, report->fate, &report->duration_ms);

    if (options->core && mt_trace_judge(report->trace, options->core, error) != MT_OK)
        return (int)error->status;
    report->has_verdicts = mt_trace_has_verdicts(report->trace, 0);
    report->verdicts = mt_report_verdicts(options, report->has_verdicts);
    if (mt_report_formats[options->format].lists_all && !options->verdicts)
        report->verdicts = MT_VERDICTS_ALL;
    const struct mt_site_filter filter = {
        .verdicts = report->verdicts,
        .kinds = options->kinds,
        .storages = options->storages,
        .born_before_ms = born_before_ms(report, options->min_age_ms),
        .since_before = options->since,
        .growth_end_ms = options->growing ? end_ms_of(report) + 1 : 0,
    };
    const struct mt_search search = mt_report_search(options);
    int status = mt_sites_collect(report->trace, &filter, &report->sites, error);
    if (status == MT_OK)
        status = mt_symbols_create(report->trace, &search, &report->symbols, error);
    if (status != MT_OK)
        return status;
    report->unfreed = *mt_sites_unfreed(report->sites);
    if (mt_system_open(report->trace, report->fate == MT_FATE_RUNNING, &report->system) != 0)
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory", mt_trace_path(report->trace));
    status = mt_oom_judge(report, &report->oom, error);
    if (status == MT_OK)
        status = mt_misuses_tell(report->trace, report->symbols, &report->told, error);
    if (status != MT_OK)
        return status;
    status = mt_hiding_begin(report->trace, report->symbols, options, &report->hiding, error);
    if (status == MT_OK)
        status = turn_to_view(report, options, error);
    if (status == MT_OK)
        status = mt_rows_make(report->trace, report->symbols, report->sites, report->hiding,
                              options, &report->rows, error);
    return status;
}

int mt_report_of(struct mt_trace *trace, const struct mt_report_options *options,
                 struct mt_report **ret_report, struct mt_error *error)
{
    struct mt_report *report = calloc(1, sizeof *report);
    if (!report) {
        mt_fail(error, MT_UNREADABLE, "%s: not enough memory", mt_trace_path(trace));
        mt_trace_close(trace);
        return MT_UNREADABLE;
    }
    report->trace = trace;
    const int status = fill_report(report, options, error);
    if (status != MT_OK) {
        mt_report_close(report);
        return status;
    }
    *ret_report = report;
    return MT_OK;
}

int mt_report_open(const char *path, const struct mt_report_options *options,
                   struct mt_report **ret_report, struct mt_error *error)
{
    struct mt_trace *trace;
    const int status = mt_trace_open(path, &trace, error);
    return status == MT_OK ? mt_report_of(trace, options, ret_report, error) : status;
}

unsigned mt_report_threads_scanned(const struct mt_report *report)
{
    const struct mt_scan *scan = mt_trace_scan(report->trace, 0);
    if (!report->has_verdicts)
        return 0;
    return scan->threads_registers < scan->threads_stacks ? scan->threads_registers
                                                          : scan->threads_stacks;
}

void mt_report_close(struct mt_report *report)
{
    if (!report)
        return;
    mt_oom_finish(&report->oom);
    mt_told_finish(&report->told);
    mt_system_finish(&report->system);
    mt_rows_finish(&report->rows);
    mt_hiding_end(report->hiding);
    mt_sites_free(report->sites);
    mt_symbols_destroy(report->symbols);
    mt_trace_close(report->trace);
    free(report);
}

/* Of several reports the first one, which is `index` 0, has all that stands before them before it.
 */
static void print_one(const struct mt_report *report, size_t index,
                      const struct mt_report_options *options, FILE *out)
{
    const struct mt_report_format *format = &mt_report_formats[options->format];
    if (index == 0 && format->begin)
        format->begin(report, out);
    if (index)
        fputs(format->between, out);
    format->print(report, options, out);
}

static void print_end(size_t asked, size_t printed, const struct mt_report_options *options,
                      FILE *out)
{
    const struct mt_report_format *format = &mt_report_formats[options->format];
    if (asked > 1)
        fputs(format->after, out);
    if (printed && format->end)
        format->end(out);
}

void mt_report_print(struct mt_report *const *reports, size_t count,
                     const struct mt_report_options *options, FILE *out)
{
    if (count > 1)
        fputs(mt_report_formats[options->format].before, out);
    for (size_t i = 0; i < count; i++)
        print_one(reports[i], i, options, out);
    print_end(count, count, options, out);
}

int mt_report_traces(const char *const *paths, size_t count,
                     const struct mt_report_options *options, FILE *out, struct mt_error *error)
{
    int result = MT_OK;
    size_t printed = 0;
    if (count > 1)
        fputs(mt_report_formats[options->format].before, out);
    for (size_t i = 0; i < count; i++) {
        struct mt_report *report;
        struct mt_error failure;
        if (mt_report_open(paths[i], options, &report, &failure) != MT_OK) {
            if (result == MT_OK)
                *error = failure;
            result = (int)error->status;
            continue;
        }
        mt_progress_clear();
        print_one(report, printed++, options, out);
        mt_report_close(report);
    }
    print_end(count, printed, options, out);
    return result;
}
