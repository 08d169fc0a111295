/* cmd_report.c: `memtrace report`: what the processes of some traces did not free. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "command.h"
#include "explain.h"
#include "progress.h"
#include "report.h"
#include "trace_paths.h"

/* Of several traces, those that have the object or site answer. */
static int explain(const struct mt_trace_paths *paths, const struct mt_report_options *options,
                   struct mt_error *error)
{
    int status = MT_OK;
    size_t explained = 0;
    for (size_t i = 0; i < paths->count; i++) {
        struct mt_report *report;
        status = mt_report_open(paths->items[i], options, &report, error);
        if (status != MT_OK)
            return status;
        mt_progress_clear();
        status = mt_explain_print(report, options, stdout, error);
        mt_report_close(report);
        explained += status == MT_OK;
    }
    return explained ? MT_OK : status;
}

static int report(int count, char **names, const struct mt_report_options *options)
{
    struct mt_trace_paths paths = {0};
    struct mt_error error;
    int status = MT_OK;
    for (int i = 0; i < count && status == MT_OK; i++)
        status = mt_trace_paths_add(&paths, names[i], &error);
    mt_progress_enable();
    if (status == MT_OK && options->explain)
        status = explain(&paths, options, &error);
    else if (status == MT_OK)
        status = mt_report_traces((const char *const *)paths.items, paths.count, options, stdout,
                                  &error);
    mt_progress_clear();
    if (status == MT_OK && strcmp(mt_report_formats[options->format].name, "text") == 0)
        mt_suppressions_print(options->suppressions, true, stdout);
    mt_trace_paths_finish(&paths);
    return status == MT_OK ? MT_OK : mt_command_fail(&error);
}

static int run(int argc, char **argv)
{
    struct mt_report_options options = {0};
    const struct mt_option_table tables[] = {
        {mt_report_option_list, &options},
        {mt_question_option_list, &options},
        {mt_core_option_list, &options},
        {NULL, NULL},
    };
    int operand, status;
    if (!mt_command_parse(&mt_command_report, argc, argv, tables, false, &operand, &status))
        return status;
    if (options.core && argc - operand > 1)
        return mt_command_misused(&mt_command_report, "--core: is of one trace");
    if (strcmp(mt_report_formats[options.format].name, "html") == 0 && isatty(STDOUT_FILENO))
        return mt_command_misused(&mt_command_report,
                                  "a page is not for a terminal (try: >report.html)");
    if (operand == argc)
        return mt_command_misused(&mt_command_report, "needs a trace, a folder or a process");
    return report(argc - operand, argv + operand, &options);
}

const struct mt_command mt_command_report = {
    .name = "report",
    .summary = "prints what a process did not free, from its trace",
    .help = "usage: memtrace report [options] TRACE|DIR|PID...\n"
            "\n"
            "TRACE is a *.mtrace file; DIR stands for all traces in it; PID is a process that\n"
            "runs under the tracer: nothing is asked of it, it goes on as before.\n"
            "\n" MT_REPORT_OPTIONS_HELP "\n" MT_QUESTION_OPTIONS_HELP
            "  --core=FILE          verdicts of a process that died, from its core file\n"
            "\n"
            "Exit status:\n"
            "  0    done           2    wrong usage          3    a trace cannot be read\n"
            "\n"
            "examples:\n"
            "  memtrace report memtrace.server.4711.mtrace\n"
            "  memtrace report --group-by=function --top=10 traces/\n"
            "  memtrace report --min-age=60 $(pidof server)\n"
            "  memtrace report --growing server.mtrace\n"
            "  memtrace report --format=html app.mtrace >app.html\n"
            "  memtrace report --format=json app.mtrace | jq '.sites[0].stack[].function'\n"
            "  memtrace report --core=core.4711 memtrace.app.4711.mtrace\n"
            "  memtrace report --sysroot=/srv/arm64-root board.mtrace\n",
    .run = run,
};
