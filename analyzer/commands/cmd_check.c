/* cmd_check.c: memtrace check: the gate for CI. Prints, for a log that people click in, each site
 * with its file and line first, and the verdict as the last line. Of traces it prints on stdout;
 * of a program that it runs on stderr, for stdout is the program's. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "family.h"
#include "gate.h"
#include "gate_files.h"
#include "process.h"
#include "printable.h"
#include "progress.h"
#include "report.h"
#include "session.h"
#include "site_log.h"
#include "suppressed.h"
#include "trace_paths.h"

struct check {
    struct mt_session_options session;
    struct mt_report_options report;
    struct mt_gate_options limits;
    struct mt_gate gate;
    struct mt_gate_files files;
    struct mt_suppressions builtin; /* of all reports together */
    struct mt_family family;
    bool has_tools; /* of the processes left out some are shells or build tools */
    FILE *out;
    int read_status;     /* MT_UNREADABLE once a trace could not be read */
    const char *program; /* that was run; NULL for traces */
    int program_status;
};

static const struct mt_error no_memory = {MT_INCONCLUSIVE, "not enough memory"};

/* ---- traces ---- */

static int note_member(struct check *check, const struct mt_trace *trace, enum mt_standing standing,
                       struct mt_count leaked)
{
    struct mt_error error;
    if (mt_family_add(&check->family, trace, standing, leaked, &error) != MT_OK)
        check->read_status = mt_command_fail(&error);
    return check->read_status;
}

/* Takes the trace over. */
static void judge(struct check *check, struct mt_trace *trace)
{
    struct mt_report *report;
    struct mt_error error;
    if (mt_report_of(trace, &check->report, &report, &error) != MT_OK) {
        check->read_status = mt_command_fail(&error);
        return;
    }
    mt_progress_clear();
    const bool is_sound = mt_gate_add(&check->gate, report);
    note_member(check, report->trace, is_sound ? MT_STANDING_JUDGED : MT_STANDING_DOUBTED,
                report->rows.selected);
    if (!check->limits.no_errors)
        mt_site_log_print_errors(report, check->out);
    mt_site_log_print(report, check->out);
    if (mt_gate_files_add(&check->files, report, &error) != 0)
        check->read_status = mt_command_fail(&error);
    mt_report_close(report);
}

/* Returns whether the trace's process was judged. */
static bool check_trace(struct check *check, const char *path)
{
    struct mt_trace *trace;
    struct mt_error error;
    if (mt_trace_open(path, &trace, &error) != MT_OK) {
        check->read_status = mt_command_fail(&error);
        return true; /* as far as it can be */
    }
    const char *executable = mt_trace_text(trace, MT_FACT_EXECUTABLE);
    const bool is_chosen = mt_choice_has(&check->limits.choice, executable);
    /* What exec replaced was given back as a whole: it has no end at which to have freed. */
    if (mt_process_fate(trace) == MT_FATE_EXEC) {
        note_member(check, trace, MT_STANDING_REPLACED, (struct mt_count){0});
    } else if (!is_chosen) {
        note_member(check, trace, MT_STANDING_LEFT_OUT, (struct mt_count){0});
        check->gate.left_out_count++;
        check->has_tools |= mt_choice_is_tool(&check->limits.choice, executable);
    } else {
        judge(check, trace);
        return true;
    }
    mt_trace_close(trace);
    return false;
}

/* Notes in `judged` whose traces were. */
static void check_each(struct check *check, const char *const *paths, size_t count, bool *judged)
{
    for (size_t i = 0; i < count; i++)
        judged[i] = check_trace(check, paths[i]);
    /* Whoever checks a shell alone means the shell. */
    if (check->gate.process_count > 0 || !check->has_tools || check->limits.choice.has_all_tools)
        return;
    check->limits.choice.has_all_tools = true;
    check->gate.left_out_count = 0;
    mt_family_finish(&check->family);
    check_each(check, paths, count, judged);
}

static void doubt_nothing_judged(struct check *check)
{
    const struct mt_globs *only = &check->limits.choice.only;
    if (check->gate.process_count > 0 || check->read_status != 0)
        return;
    if (check->gate.left_out_count && only->count)
        mt_gate_doubt(&check->gate,
                      "none of %zu processes matches --only=%s (it is held against the names of "
                      "executables, or with a slash against their paths)",
                      check->gate.left_out_count, only->items[0]);
    else if (check->gate.left_out_count)
        mt_gate_doubt(&check->gate, "all %zu processes were left out (look at --except)",
                      check->gate.left_out_count);
    else
        mt_gate_doubt(&check->gate, "there is no trace of a process that ended by itself");
}

static int write_json(const struct check *check, const char *const *paths, size_t count)
{
    struct mt_report_options options = check->report;
    struct mt_error error;
    for (unsigned i = 0; mt_report_formats[i].name; i++) {
        if (strcmp(mt_report_formats[i].name, "json") == 0)
            options.format = i;
    }
    FILE *file = fopen(check->limits.json, "we");
    if (file && count == 0)
        fputs("[]\n", file);
    else if (file) /* traces that cannot be read were named before */
        mt_report_traces(paths, count, &options, file, &error);
    if (file && fclose(file) == 0)
        return 0;
    mt_fail(&error, MT_INCONCLUSIVE, "%s: cannot be written: %s (try another --json=FILE)",
            check->limits.json, strerror(errno));
    return mt_command_fail(&error);
}

/* The verdict is the last line of the log. Where the program itself failed, that comes first. */
static int print_conclusion(const struct check *check, const struct mt_conclusion *conclusion)
{
    char counted[MT_GATE_AMOUNT_BYTES], errors[MT_GATE_AMOUNT_BYTES];
    if (check->program_status == 0) {
        mt_print_line(check->out, "memtrace: %s", conclusion->line);
        return check->read_status != 0 ? check->read_status : conclusion->status;
    }
    mt_print_line(check->out, "memtrace: failed: %s ended with status %d, with %s%s%s %s",
                  check->program, check->program_status, mt_gate_errors(&check->gate, errors),
                  check->gate.is_estimate ? "about " : "", mt_gate_counted(&check->gate, counted),
                  check->limits.leaks <= MT_GATE_POSSIBLE ? "leaked" : "not freed");
    return check->program_status;
}

static int conclude(struct check *check)
{
    char line[MT_GATE_LINE_BYTES];
    struct mt_error error;
    if (check->read_status != 0)
        mt_gate_doubt(&check->gate, "a trace could not be read");
    const struct mt_conclusion conclusion = {mt_gate_judge(&check->gate, line), line};
    const int written = mt_gate_files_end(&check->files, &conclusion, check->out, &error);
    if (written != MT_OK)
        mt_command_fail(&error);
    mt_suppressions_print(check->report.suppressions, true, check->out);
    mt_suppressions_print(&check->builtin, false, check->out);
    mt_family_print(&check->family, check->out);
    if (check->gate.left_out_count)
        mt_family_print_left_out(&check->family, check->out);
    mt_family_finish(&check->family);
    const int status = print_conclusion(check, &conclusion);
    return status != 0 ? status : written;
}

/* The paths whose place in `judged` is set, moved to the front of the list; how many they are. */
static size_t pick(const char **paths, const bool *judged, size_t count)
{
    size_t picked = 0;
    for (size_t i = 0; i < count; i++)
        if (judged[i])
            paths[picked++] = paths[i];
    return picked;
}

/* Changes the list of paths. */
static int check_traces(struct check *check, const char **paths, size_t count, bool *judged)
{
    check_each(check, paths, count, judged);
    doubt_nothing_judged(check);
    const size_t picked = pick(paths, judged, count);
    const int written = check->limits.json ? write_json(check, paths, picked) : 0;
    const int status = conclude(check);
    return status != 0 ? status : written;
}

static int check_named(struct check *check, char **names, int count)
{
    struct mt_trace_paths paths = {0};
    struct mt_error error;
    for (int i = 0; i < count; i++) {
        if (mt_trace_paths_add(&paths, names[i], &error) != 0)
            check->read_status = mt_command_fail(&error);
    }
    const char **items = calloc(paths.count + 1, sizeof *items);
    bool *judged = calloc(paths.count + 1, sizeof *judged);
    for (size_t i = 0; items && i < paths.count; i++)
        items[i] = paths.items[i];
    const int status = items && judged ? check_traces(check, items, paths.count, judged)
                                       : mt_command_fail(&no_memory);
    free(items);
    free(judged);
    mt_trace_paths_finish(&paths);
    return status;
}

/* ---- a program ---- */

/* Programs that were started and not seen, but for those that would have been left out. */
static void doubt_untraced(struct check *check, const struct mt_session *session)
{
    const struct mt_start *start;
    struct mt_error reason;
    size_t index = 0;
    while ((start = mt_session_untraced(session, &index))) {
        if (!mt_choice_has(&check->limits.choice, start->path))
            continue;
        mt_session_explain_untraced(start, &reason);
        mt_gate_doubt(&check->gate, "process %" PRIu32 ": %s; or: --except=%s", start->pid,
                      reason.text, mt_base_name(start->path));
        return;
    }
}

/* Changes both lists, which have room for the session's traces. */
static int check_recorded(struct check *check, struct mt_session *session, const char **paths,
                          bool *judged)
{
    struct mt_error error;
    for (size_t i = 0; i < session->trace_count; i++)
        paths[i] = session->traces[i].path;
    doubt_untraced(check, session);
    if (mt_session_check(session, check->program, &error) != 0)
        mt_gate_doubt(&check->gate, "%s", error.text);
    const int status = check_traces(check, paths, session->trace_count, judged);
    for (size_t i = 0; i < session->trace_count; i++)
        session->traces[i].is_left_out = !judged[i];
    return status;
}

static int check_session(struct check *check, struct mt_session *session)
{
    const char **paths = calloc(session->trace_count + 1, sizeof *paths);
    bool *judged = calloc(session->trace_count + 1, sizeof *judged);
    const int status = paths && judged ? check_recorded(check, session, paths, judged)
                                       : mt_command_fail(&no_memory);
    free(paths);
    free(judged);
    return status;
}

static int check_program(struct check *check, char *const *command)
{
    struct mt_session session;
    struct mt_error error;
    check->out = stderr;
    check->program = command[0];
    if (mt_session_run(command, &check->session, &session, &error) != 0)
        return mt_command_fail(&error);
    mt_session_select(&session, &check->report);
    check->program_status = mt_ended_status(&session.ended);
    const int status = check_session(check, &session);
    mt_session_close(&session, check->session.keep);
    return status;
}

/* What stands behind the options: traces, or after "--" a program. */
static int check_operands(struct check *check, int count, char **operands)
{
    struct mt_error error;
    if (mt_gate_files_begin(&check->limits, &check->report, &check->files, &error) != 0)
        return mt_command_fail(&error);
    if (strcmp(operands[-1], "--") == 0)
        return check_program(check, operands);
    return check_named(check, operands, count);
}

/* ---- command line ---- */

static int run(int argc, char **argv)
{
    struct check check = {
        .session = {.is_gate = true}, .limits = {.leak_status = MT_LEAKS}, .out = stdout};
    const struct mt_option_table tables[] = {
        {mt_gate_option_list, &check.limits},
        {mt_session_option_list, &check.session},
        {mt_report_option_list, &check.report},
        {NULL, NULL},
    };
    int operand, status;
    if (!mt_command_parse(&mt_command_check, argc, argv, tables, false, &operand, &status))
        return status;
    if (check.report.verdicts != 0)
        return mt_command_misused(&mt_command_check, "--verdict: --leaks says what counts here");
    if (check.report.format != 0)
        return mt_command_misused(&mt_command_check, "--format: use --json=FILE here");
    if (operand == argc)
        return mt_command_misused(&mt_command_check, "needs a trace, or -- and a program");

    check.session.checks_errors = !check.limits.no_errors;
    mt_progress_enable();
    check.gate.options = &check.limits;
    mt_gate_select(&check.limits, &check.report);
    check.report.builtin = &check.builtin;
    if (!check.report.no_builtin_suppressions)
        mt_suppressions_add_builtin(&check.builtin);
    status = check_operands(&check, argc - operand, argv + operand);
    mt_suppressions_finish(&check.builtin);
    return status;
}

const struct mt_command mt_command_check = {
    .name = "check",
    .summary = "fails when more is left unfreed than is allowed: a gate for CI",
    .help = "usage: memtrace check [options] TRACE|DIR...\n"
            "       memtrace check [options] -- PROGRAM [ARGUMENT...]\n"
            "\n"
            "Counts the leaks of all the processes together, lists their sites, and ends\n"
            "with the verdict: clean, leaks or inconclusive. What a program's children leak\n"
            "counts too, but for shells and build tools.\n"
            "\n"
            "Options:\n" MT_GATE_OPTIONS_HELP "\n"
            "With a PROGRAM:\n" MT_SESSION_OPTIONS_HELP "\n"
            "As in memtrace report, what counts and how it is listed:\n"
            "  --kind= --storage= --min-bytes= --min-age=\n"
            "  --group-by= --sort= --top= --sysroot= --debuginfod --debuginfod-timeout=\n"
            "  --suppressions= --no-builtin-suppressions\n"
            "\n"
            "Exit status: 0 clean; 2 wrong usage; 3 a trace cannot be read;\n"
            "  23  leaks beyond what is allowed, or errors (--exit-code)\n"
            "  24  inconclusive: not traced, records lost, no scan. Never the same as clean\n"
            "  of a PROGRAM that failed: its own, 128+N when signal N killed it\n"
            "\n"
            "examples:\n"
            "  memtrace check -- ./unit_tests\n"
            "  memtrace check --leaks=unfreed --max-bytes=64K -o traces -- make test\n"
            "  memtrace check --exit-code=1 --json=leaks.json app.mtrace\n",
    .run = run,
};
