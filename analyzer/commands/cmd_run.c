/* cmd_run.c: memtrace run: runs a program under the tracer and reports, on stderr, what it and its
 * descendants did not free. The program keeps stdin, stdout and its exit status, so that run can
 * stand before any command of a script. */
#include <stdio.h>
#include <stdlib.h>
#include "command.h"
#include "printable.h"
#include "progress.h"
#include "report.h"
#include "session.h"

/* Descendants that left nothing are not worth a word; of the program itself a report in a format
 * for machines is always due. */
static bool is_reported(const struct mt_incoming *trace, const struct mt_report_options *options)
{
    if (trace->part != MT_PART_JUDGED)
        return false;
    return trace->is_leaky || trace->has_errors || trace->is_doubtful ||
           (trace->is_program && options->format != 0);
}

static int report(const struct mt_session *session, const struct mt_report_options *options)
{
    const char **paths = calloc(session->trace_count + 1, sizeof *paths);
    size_t count = 0, judged = session->pruned.judged;
    bool has_unfreed = session->pruned.has_unfreed;
    for (size_t i = 0; paths && i < session->trace_count; i++) {
        judged += session->traces[i].part == MT_PART_JUDGED;
        has_unfreed |= session->traces[i].verdicts != 0;
        if (is_reported(&session->traces[i], options))
            paths[count++] = session->traces[i].path;
    }

    int status = 0;
    struct mt_error error;
    if (count > 0)
        status = mt_report_traces(paths, count, options, stderr, &error);
    else if (judged > 0 && options->format == 0)
        fprintf(stderr, "memtrace: %s in %zu process%s\n",
                has_unfreed ? "no leaks" : "nothing unfreed", judged, judged == 1 ? "" : "es");
    if (status != 0)
        mt_command_fail(&error);
    free(paths);
    return status;
}

/* What the user may want to look at next. */
static void say_what_stays(const struct mt_session *session, enum mt_keep keep)
{
    size_t reported = 0;
    const char *path = NULL;
    for (size_t i = 0; i < session->trace_count; i++) {
        const struct mt_incoming *trace = &session->traces[i];
        if (trace->part == MT_PART_RUNNING) {
            mt_print_line(stderr, "memtrace: process %u still runs (try: memtrace report %s)",
                          trace->pid, trace->path);
        } else if (trace->part == MT_PART_JUDGED && (trace->is_leaky || trace->has_errors)) {
            path = reported++ ? path : trace->path;
        }
    }
    if (keep == MT_KEEP_NONE || reported == 0)
        return;
    if (reported > 1)
        mt_print_line(stderr, "memtrace: kept %s and %zu more", path, reported - 1);
    else
        mt_print_line(stderr, "memtrace: kept %s", path);
}

static int run_program(char *const *command, const struct mt_session_options *session_options,
                       const struct mt_report_options *report_options)
{
    struct mt_session session;
    struct mt_error error;
    mt_progress_enable();
    if (mt_session_run(command, session_options, &session, &error) != 0)
        return mt_command_fail(&error);

    mt_session_select(&session, report_options);
    int status = mt_session_check(&session, command[0], &error);
    if (status != 0)
        mt_command_fail(&error);
    const int report_status = report(&session, report_options);
    if (report_options->format == 0) { /* what machines read is not mixed with talk */
        mt_suppressions_print(report_options->suppressions, true, stderr);
        say_what_stays(&session, session_options->keep);
    }
    const int program_status = mt_ended_status(&session.ended);
    mt_session_close(&session, session_options->keep);

    if (program_status != 0)
        return program_status;
    return status != 0 ? status : report_status;
}

static int run(int argc, char **argv)
{
    struct mt_session_options session_options = {0};
    struct mt_report_options report_options = {0};
    const struct mt_option_table tables[] = {
        {mt_session_option_list, &session_options},
        {mt_report_option_list, &report_options},
        {NULL, NULL},
    };
    int operand, status;
    if (!mt_command_parse(&mt_command_run, argc, argv, tables, true, &operand, &status))
        return status;
    if (operand == argc)
        return mt_command_misused(&mt_command_run, "needs a program to run");
    session_options.looked_for = &report_options;
    return run_program(argv + operand, &session_options, &report_options);
}

const struct mt_command mt_command_run = {
    .name = "run",
    .summary = "runs a program and reports what it did not free",
    .help = "usage: memtrace run [options] [--] PROGRAM [ARGUMENT...]\n"
            "\n"
            "The program keeps its stdin, stdout and exit status; the report goes to stderr,\n"
            "of the program and of those of its descendants that leaked (where no scan ran:\n"
            "left something unfreed).\n"
            "\n"
            "Options:\n" MT_SESSION_OPTIONS_HELP "\n" MT_REPORT_OPTIONS_HELP "\n"
            "Exit status: the program's own, 128+N when signal N killed it;\n"
            "  24   it was not traced: static, setuid, with a sanitizer, ...\n"
            "  126  it cannot be started    127  it was not found    2  wrong usage\n"
            "\n"
            "examples:\n"
            "  memtrace run ./server --once\n"
            "  memtrace run -o traces --top=5 -- make test\n"
            "  memtrace run sqlite3 db 'select 1' >rows 2>report\n",
    .run = run,
};
