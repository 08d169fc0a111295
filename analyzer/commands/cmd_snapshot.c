/* cmd_snapshot.c: memtrace snapshot: has a running process look for its leaks, and reports them.
 * The process goes on; how long it stood still is in the report. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ask.h"
#include "command.h"
#include "explain.h"
#include "progress.h"
#include "report.h"
#include "trace_paths.h"

enum { TIMEOUT_MS = 10000 };

struct snapshot_options {
    uint64_t timeout_ms;
};

static int set_timeout(void *target, const char *value, struct mt_error *error)
{
    struct snapshot_options *options = target;
    return mt_value_seconds(value, &options->timeout_ms, error);
}

static const struct mt_option option_list[] = {
    {"timeout", 0, true, set_timeout},
    {NULL},
};

/* The snapshot was taken; whether its scan gave verdicts is another matter, and the report says
 * so. */
static int print(const char *path, const struct mt_report_options *options, struct mt_error *error)
{
    struct mt_report *report;
    int status = mt_report_open(path, options, &report, error);
    if (status != 0)
        return status;
    mt_progress_clear();
    if (options->explain)
        status = mt_explain_print(report, options, stdout, error);
    else
        mt_report_print(&report, 1, options, stdout);
    if (status == 0 && !report->has_verdicts)
        status = mt_fail(error, MT_INCONCLUSIVE, "%s: the snapshot has no verdicts, as said above",
                         path);
    mt_report_close(report);
    return status;
}

static int take(const char *name, uint32_t pid, const struct snapshot_options *snapshot,
                const struct mt_report_options *options)
{
    struct mt_trace_paths paths = {0};
    struct mt_error error;
    int status = mt_trace_paths_add(&paths, name, &error);
    if (status == 0)
        status = mt_ask_snapshot(paths.items[0], pid, snapshot->timeout_ms, &error);
    mt_progress_enable();
    if (status == 0)
        status = print(paths.items[0], options, &error);
    mt_progress_clear();
    mt_trace_paths_finish(&paths);
    return status == 0 ? 0 : mt_command_fail(&error);
}

static int run(int argc, char **argv)
{
    struct snapshot_options snapshot = {.timeout_ms = TIMEOUT_MS};
    struct mt_report_options options = {0};
    const struct mt_option_table tables[] = {
        {option_list, &snapshot},
        {mt_report_option_list, &options},
        {mt_question_option_list, &options},
        {NULL, NULL},
    };
    struct mt_error error;
    int operand, status;
    if (!mt_command_parse(&mt_command_snapshot, argc, argv, tables, false, &operand, &status))
        return status;
    if (operand + 1 != argc)
        return mt_command_misused(&mt_command_snapshot, "needs one process id");
    uint32_t pid = 0;
    if (mt_value_pid(argv[operand], &pid, &error) != MT_OK)
        return mt_command_misused(&mt_command_snapshot, "%s: %s", argv[operand], error.text);
    return take(argv[operand], pid, &snapshot, &options);
}

const struct mt_command mt_command_snapshot = {
    .name = "snapshot",
    .summary = "has a running process look for its leaks, and reports them",
    .help = "usage: memtrace snapshot [options] PID\n"
            "\n"
            "The process, which runs under the tracer, stands still for some milliseconds and\n"
            "goes on; a copy of it is searched for what nothing points to any more. Needs\n"
            "neither root nor ptrace, only to be the same user.\n"
            "\n"
            "Options:\n"
            "  --timeout=SECONDS    how long to wait for its answer (default: 10)\n"
            "\n" MT_QUESTION_OPTIONS_HELP "\n" MT_REPORT_OPTIONS_HELP "\n"
            "Exit status:\n"
            "  0    done           2    wrong usage          3    the process is not traced\n"
            "  24   it did not answer, or its scan could not run\n"
            "\n"
            "examples:\n"
            "  memtrace snapshot $(pidof server)\n"
            "  memtrace snapshot --since 4711\n"
            "  memtrace snapshot --verdict=all --group-by=function --top=10 4711\n"
            "  memtrace snapshot --format=json 4711 | jq .verdicts\n",
    .run = run,
};
