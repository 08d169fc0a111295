/* cmd_diff.c: `memtrace diff`: which sites are new, gone, grown or shrunk from one run to another.
 */
#include <stdio.h>
#include <string.h>
#include "command.h"
#include "diff.h"
#include "progress.h"
#include "report.h"
#include "trace_paths.h"

struct options {
    struct mt_report_options report;
    int worse_status; /* exit status where a site is new or has grown */
};

static int set_exit_code(void *target, const char *value, struct mt_error *error)
{
    return mt_value_status(value, &((struct options *)target)->worse_status, error);
}

static const struct mt_option option_list[] = {
    {"exit-code", 0, true, set_exit_code},
    {NULL, 0, false, NULL},
};

/* Adds the traces that `name` stands for: a file, a folder, a process. */
static int add_traces(const char *name, const struct mt_report_options *options,
                      struct mt_tally *tally, struct mt_error *error)
{
    struct mt_trace_paths paths = {0};
    int status = mt_trace_paths_add(&paths, name, error);
    for (size_t i = 0; i < paths.count && status == MT_OK; i++) {
        struct mt_report *report;
        status = mt_report_open(paths.items[i], options, &report, error);
        if (status != MT_OK)
            break;
        status = mt_tally_add(tally, report, error);
        mt_report_close(report);
    }
    mt_trace_paths_finish(&paths);
    return status;
}

static void print(const struct mt_diff *diff, char *const *names,
                  const struct mt_report_options *options)
{
    const struct mt_paper paper = mt_paper_on(stdout, options->color);
    if (strcmp(mt_report_formats[options->format].name, "json") == 0)
        mt_diff_print_json(diff, names[0], names[1], stdout);
    else
        mt_diff_print_text(diff, options->top, &paper);
}

static int compare(char *const *names, const struct options *options)
{
    struct mt_tally before = {0}, after = {0};
    struct mt_diff diff = {0};
    struct mt_error error;
    mt_progress_enable();
    int status = add_traces(names[0], &options->report, &before, &error);
    if (status == MT_OK)
        status = add_traces(names[1], &options->report, &after, &error);
    if (status == MT_OK)
        status = mt_diff_make(&before, &after, &diff, &error);
    mt_progress_clear();
    if (status == MT_OK)
        print(&diff, names, &options->report);
    else
        mt_command_fail(&error);
    if (status == MT_OK && mt_diff_is_worse(&diff))
        status = options->worse_status;
    mt_diff_finish(&diff);
    mt_tally_finish(&before);
    mt_tally_finish(&after);
    return status;
}

static int run(int argc, char **argv)
{
    struct options options = {.worse_status = MT_LEAKS};
    const struct mt_option_table tables[] = {
        {option_list, &options},
        {mt_report_option_list, &options.report},
        {NULL, NULL},
    };
    int operand, status;
    if (!mt_command_parse(&mt_command_diff, argc, argv, tables, false, &operand, &status))
        return status;
    if (argc - operand != 2)
        return mt_command_misused(&mt_command_diff, "needs an old trace and a new one");
    return compare(argv + operand, &options);
}

const struct mt_command mt_command_diff = {
    .name = "diff",
    .summary = "shows which sites are new, gone, grown or shrunk between two runs",
    .help = "usage: memtrace diff [options] OLD NEW\n"
            "\n"
            "OLD and NEW are traces, folders of traces (all of them together) or processes.\n"
            "Sites are matched by fingerprint: by the names of their innermost functions, so\n"
            "that rebuilds, other addresses and moved lines do not matter.\n"
            "\n"
            "Options:\n"
            "  --exit-code=N        exit status where a site is new or has grown (default: 23)\n"
            "\n" MT_REPORT_OPTIONS_HELP "\n"
            "Exit status:\n"
            "  0    no site is new or has grown      2    wrong usage\n"
            "  23   some are (--exit-code)           3    a trace cannot be read\n"
            "\n"
            "examples:\n"
            "  memtrace diff yesterday.mtrace today.mtrace\n"
            "  memtrace diff --verdict=all --group-by=function main/ branch/\n"
            "  memtrace diff --format=json old.mtrace new.mtrace | jq '.sites[] | .change'\n",
    .run = run,
};
