/* cmd_export.c: `memtrace export`: a report in the format of another tool, into a file or a pipe.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "command.h"
#include "export.h"
#include "output.h"
#include "progress.h"
#include "trace_paths.h"

enum { FORMATS_MAX = 15 };

struct options {
    struct mt_report_options report;
    const struct mt_export_format *format; /* NULL: not said */
    bool has_value;
    unsigned value;     /* enum mt_export_value */
    const char *output; /* NULL or "-": stdout */
};

/* ---- options ---- */

static int set_format(void *target, const char *value, struct mt_error *error)
{
    const char *names[FORMATS_MAX + 1] = {0};
    for (unsigned i = 0; i < FORMATS_MAX && mt_export_formats[i].name; i++)
        names[i] = mt_export_formats[i].name;
    unsigned index;
    const int status = mt_value_word(value, names, &index, error);
    if (status == MT_OK)
        ((struct options *)target)->format = &mt_export_formats[index];
    return status;
}

static int set_value(void *target, const char *value, struct mt_error *error)
{
    struct options *options = target;
    options->has_value = true;
    return mt_value_word(value, mt_export_value_names, &options->value, error);
}

static int set_output(void *target, const char *value, struct mt_error *error)
{
    if (!value[0])
        return mt_fail(error, MT_USAGE, "needs the name of a file, or -");
    ((struct options *)target)->output = value;
    return MT_OK;
}

static const struct mt_option option_list[] = {
    {"format", 0, true, set_format},
    {"output", 'o', true, set_output},
    {"value", 0, true, set_value},
    {NULL},
};

/* What cannot be done whatever the traces hold, as the reason; NULL where all is well. */
static const char *find_misuse(const struct options *options, int operands)
{
    if (!options->format)
        return "needs --format=FORMAT";
    if (operands == 0)
        return "needs a trace, a folder or a process";
    if (options->report.group_by != MT_GROUP_STACK)
        return "--group-by: whole stacks are exported";
    if (options->report.system || options->report.verbose || options->report.explain ||
        options->report.color != MT_COLOR_AUTO)
        return "--system, --explain, --verbose and --color are for memtrace report";
    if (options->has_value && !options->format->has_value)
        return "--value: this format has all figures, or none to choose";
    if (options->report.core && operands > 1)
        return "--core: is of one trace";
    if (options->format->is_for_files && mt_output_is_stdout(options->output) &&
        isatty(STDOUT_FILENO))
        return "this format is not for a terminal (try: -o FILE)";
    return NULL;
}

/* Sites are selected as the report of the same name does it; other formats follow the text. */
static void choose_report(struct options *options)
{
    for (unsigned i = 0; mt_report_formats[i].name; i++) {
        if (strcmp(mt_report_formats[i].name, options->format->name) == 0)
            options->report.format = i;
    }
}

/* ---- writing ---- */

struct job {
    struct mt_export export;
    const struct mt_export_format *format;
};

static int write_export(void *context, FILE *out, struct mt_error *error)
{
    const struct job *job = context;
    return job->format->write(&job->export, out, error);
}

static int write_reports(struct mt_report *const *reports, size_t count,
                         const struct options *options, struct mt_error *error)
{
    struct job job = {
        .export = {.reports = reports,
                   .count = count,
                   .options = &options->report,
                   .value = (enum mt_export_value)options->value,
                   .file = mt_output_is_stdout(options->output) ? NULL : options->output},
        .format = options->format,
    };
    mt_progress_clear();
    return mt_output_write(options->output, write_export, &job, error);
}

static int check_value(const struct mt_report *report, const struct options *options,
                       struct mt_error *error)
{
    const char *path = mt_trace_path(report->trace);
    if (options->value == MT_VALUE_RESIDENT && !report->pages_known.has_resident)
        return mt_fail(error, MT_USAGE, "%s: does not know what was in RAM (try: --value=bytes)",
                       path);
    if (options->value >= MT_VALUE_ALLOCATED && !mt_trace_has_accounts(report->trace))
        return mt_fail(
            error, MT_USAGE,
            "%s: does not know what was ever allocated (try: --value=bytes, or record it "
            "with MEMTRACE_OPTIONS=peak=on)",
            path);
    return MT_OK;
}

static int export_traces(const struct mt_trace_paths *paths, const struct options *options,
                         struct mt_error *error)
{
    if (paths->count > 1 && !options->format->takes_several)
        return mt_fail(error, MT_USAGE, "export: --format=%s is of one trace, not of %zu",
                       options->format->name, paths->count);
    struct mt_report **reports = calloc(paths->count + 1, sizeof *reports);
    if (!reports)
        return mt_fail(error, MT_UNREADABLE, "not enough memory");
    int status = MT_OK;
    size_t count = 0;
    for (; count < paths->count && status == MT_OK; count++)
        status = mt_report_open(paths->items[count], &options->report, &reports[count], error);
    for (size_t i = 0; i < count && status == MT_OK; i++)
        status = check_value(reports[i], options, error);
    if (status == MT_OK)
        status = write_reports(reports, count, options, error);
    while (count)
        mt_report_close(reports[--count]);
    free(reports);
    return status;
}

static int export_named(char **names, int count, const struct options *options)
{
    struct mt_trace_paths paths = {0};
    struct mt_error error;
    int status = MT_OK;
    mt_progress_enable();
    for (int i = 0; i < count && status == MT_OK; i++)
        status = mt_trace_paths_add(&paths, names[i], &error);
    if (status == MT_OK)
        status = export_traces(&paths, options, &error);
    mt_progress_clear();
    mt_trace_paths_finish(&paths);
    return status == MT_OK ? MT_OK : mt_command_fail(&error);
}

static int run(int argc, char **argv)
{
    struct options options = {0};
    const struct mt_option_table tables[] = {
        {option_list, &options}, /* its --format comes before the report's */
        {mt_report_option_list, &options.report},
        {mt_question_option_list, &options.report},
        {mt_core_option_list, &options.report},
        {NULL, NULL},
    };
    int operand, status;
    if (!mt_command_parse(&mt_command_export, argc, argv, tables, false, &operand, &status))
        return status;
    const char *misuse = find_misuse(&options, argc - operand);
    if (misuse)
        return mt_command_misused(&mt_command_export, "%s", misuse);
    choose_report(&options);
    return export_named(argv + operand, argc - operand, &options);
}

const struct mt_command mt_command_export = {
    .name = "export",
    .summary = "writes a report in the format of another tool",
    .help = "usage: memtrace export --format=FORMAT [-o FILE] [options] TRACE|DIR|PID...\n"
            "\n"
            "Formats:\n"
            "  folded       stacks a line, for flamegraph.pl, inferno, speedscope\n"
            "  pprof        for go tool pprof, Pyroscope, Parca\n"
            "  speedscope   for speedscope.app, with a profile for each figure\n"
            "  massif       for ms_print and massif-visualizer; of one trace\n"
            "  heaptrack    for heaptrack_print and heaptrack_gui; of one trace;\n"
            "               compressed where FILE ends in .gz or .zst\n"
            "  html         a page of one file: flame graph, sites, timeline, heap\n"
            "  json         memtrace report --format=json\n"
            "  junit        the files that memtrace check writes for CI\n"
            "  sarif\n"
            "\n"
            "Options:\n"
            "  --format=FORMAT      one of the above\n"
            "  -o, --output=FILE    write into FILE; - is standard output (default)\n"
            "  --value=WHAT         folded: bytes (default), objects, resident; or all there\n"
            "                       ever were: allocated (bytes), allocations\n"
            "\n"
            "As in memtrace report, which sites are taken:\n"
            "  --verdict= --kind= --storage= --min-bytes= --min-age= --top= --sort=\n"
            "  --suppressions= --no-builtin-suppressions --growing --since --at= --temporary\n"
            "  --sysroot= --debuginfod --debuginfod-timeout= --core=\n"
            "Without --verdict these are the leaks; --verdict=all is all that is unfreed.\n"
            "\n"
            "Exit status:\n"
            "  0    done           2    wrong usage          3    a trace cannot be read\n"
            "\n"
            "examples:\n"
            "  memtrace export --format=folded app.mtrace | flamegraph.pl >leaks.svg\n"
            "  memtrace export --format=pprof --verdict=all -o app.pb.gz app.mtrace\n"
            "  go tool pprof -http=localhost:8080 app.pb.gz\n"
            "  memtrace export --format=heaptrack -o app.zst app.mtrace\n",
    .run = run,
};
