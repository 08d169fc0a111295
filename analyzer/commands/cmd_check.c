/* cmd_check.c: memtrace check: the gate for CI. Prints, for a log that people click in, each site
 * with its file and line first, and the verdict as the last line. Of traces it prints on stdout;
 * of a program that it runs on stderr, for stdout is the program's. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "gate.h"
#include "gate_files.h"
#include "paper.h"
#include "printable.h"
#include "progress.h"
#include "report.h"
#include "session.h"
#include "site_name.h"
#include "source_path.h"
#include "stack_text.h"
#include "trace_paths.h"
#include "verdict_text.h"

struct check {
    struct mt_session_options session;
    struct mt_report_options report;
    struct mt_gate_options limits;
    struct mt_gate gate;
    struct mt_gate_files files;
    FILE *out;
    int read_status;     /* MT_UNREADABLE once a trace could not be read */
    const char *program; /* that was run; NULL for traces */
    int program_status;
};

/* ---- sites ---- */

/* "cache.c:41", which editors and log viewers open; where no line is known the function, or the
 * module and offset. The caller frees it; NULL where memory runs out. */
static char *place_of_frame(const struct mt_frame_walk *walk, const struct mt_frame *frame)
{
    char *path = frame->line ? mt_source_path(frame) : NULL;
    char *place;
    if (!path)
        return mt_frame_label(walk->location, frame);
    if (asprintf(&place, "%s:%" PRIu32, path, frame->line) < 0)
        place = NULL;
    free(path);
    return place;
}

static char *place_of(const struct mt_report *report, const struct mt_row *row)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame =
        mt_site_frame(report->trace, report->symbols, row->site.stack, &walk);
    if (row->group || !frame)
        return strdup(row->group ? row->group : "?");
    return place_of_frame(&walk, frame);
}

static void print_row(const struct mt_report *report, const struct mt_row *row, FILE *out)
{
    const struct mt_paper paper = mt_paper_on(out, MT_COLOR_NEVER);
    const struct mt_site *site = &row->site;
    const bool is_estimate = site->kind == MT_KIND_BLOCK && mt_trace_is_sampled(report->trace);
    const char *mark = is_estimate ? "~" : "";
    char bytes[MT_NUMBER_SIZE], objects[MT_NUMBER_SIZE], noun[MT_SITE_NOUN_SIZE],
        held[64];
    char *place = place_of(report, row);
    if (place)
        mt_make_printable(place);
    fprintf(out, "%s: %s%s byte%s in %s%s %s %s", place ? place : "?", mark,
            mt_number_text(site->bytes, bytes), site->bytes == 1 ? "" : "s", mark,
            mt_number_text(site->objects, objects), mt_site_noun(site, noun),
            mt_verdict_phrase(site->verdict));
    free(place);
    if (site->held.objects)
        fprintf(out, ", with %s byte%s in %s that hang on %s", mt_number_text(site->held.bytes, bytes),
                site->held.bytes == 1 ? "" : "s",
                mt_count_text(site->held.objects, "object", held), site->objects == 1 ? "it" : "them");
    const bool has_scope = row->scope && !mt_row_is_scope(row);
    fprintf(out, "%s%s\n", has_scope ? ", in " : "", has_scope ? row->scope : "");
    if (!row->group)
        mt_stack_print(&paper, report->trace, report->symbols, site->stack);
}

static void print_sites(const struct mt_report *report, FILE *out)
{
    const struct mt_rows *rows = &report->rows;
    char objects[64], bytes[64];
    if (rows->selected.objects > 0)
        fprintf(out, "memtrace: %s by process %" PRIu32 ", of %s:\n",
                report->verdicts & 1u << MT_VERDICT_NONE ? "not freed" : "lost",
                mt_trace_header(report->trace)->pid, mt_trace_path(report->trace));
    for (size_t i = 0; i < rows->shown; i++)
        if (!rows->items[i].is_known)
            print_row(report, &rows->items[i], out);
    if (rows->shown < rows->count)
        fprintf(out, "and %zu more (--top)\n", rows->count - rows->shown);
    if (rows->known.objects)
        fprintf(out, "in the baseline: %s in %s\n", mt_count_text(rows->known.bytes, "byte", bytes),
                mt_count_text(rows->known.objects, "object", objects));
}

/* ---- errors ---- */

static void print_error(const struct mt_report *report, const struct mt_told_misuse *told,
                        FILE *out)
{
    const struct mt_paper paper = mt_paper_on(out, MT_COLOR_NEVER);
    struct mt_frame_walk walk;
    const struct mt_frame *frame =
        mt_misuse_frame(report->trace, report->symbols, told->misuse, &walk);
    char *place = frame ? place_of_frame(&walk, frame) : NULL;
    char times[MT_NUMBER_SIZE];
    if (place)
        mt_make_printable(place);
    fprintf(out, "%s: %s", place ? place : "?", told->summary);
    if (told->misuse->count > 1)
        fprintf(out, ", %s times", mt_number_text(told->misuse->count, times));
    fputc('\n', out);
    mt_misuse_print_stacks(&paper, report->trace, report->symbols, told->misuse);
    free(place);
}

static void print_errors(const struct mt_report *report, FILE *out)
{
    if (report->told.count)
        fprintf(out, "memtrace: errors of process %" PRIu32 ", of %s:\n",
                mt_trace_header(report->trace)->pid, mt_trace_path(report->trace));
    for (size_t i = 0; i < report->told.count; i++)
        print_error(report, &report->told.items[i], out);
}

/* ---- traces ---- */

static void check_trace(struct check *check, const char *path)
{
    struct mt_report *report;
    struct mt_error error;
    if (mt_report_open(path, &check->report, &report, &error) != 0) {
        check->read_status = mt_command_fail(&error);
        return;
    }
    mt_progress_clear();
    /* What exec replaced was given back as a whole: it has no end at which to have freed. */
    if (report->fate != MT_FATE_EXEC) {
        mt_gate_add(&check->gate, report);
        if (!check->limits.no_errors)
            print_errors(report, check->out);
        print_sites(report, check->out);
        if (mt_gate_files_add(&check->files, report, &error) != 0)
            check->read_status = mt_command_fail(&error);
    }
    mt_report_close(report);
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
    if (file) /* traces that cannot be read were named before */
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
        fprintf(check->out, "memtrace: %s\n", conclusion->line);
        return check->read_status != 0 ? check->read_status : conclusion->status;
    }
    fprintf(check->out, "memtrace: failed: %s ended with status %d, with %s%s%s %s\n",
            check->program, check->program_status, mt_gate_errors(&check->gate, errors),
            check->gate.is_estimate ? "about " : "",
            mt_gate_counted(&check->gate, counted),
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
    mt_suppressions_print(check->report.suppressions, check->out);
    const int status = print_conclusion(check, &conclusion);
    return status != 0 ? status : written;
}

static int check_traces(struct check *check, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_trace(check, paths[i]);
    if (check->gate.process_count == 0 && check->read_status == 0)
        mt_gate_doubt(&check->gate, "there is no trace of a process that ended by itself");
    const int written = check->limits.json ? write_json(check, paths, count) : 0;
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
    const int status = check_traces(check, (const char *const *)paths.items, paths.count);
    mt_trace_paths_finish(&paths);
    return status;
}

/* ---- a program ---- */

static int check_session(struct check *check, const struct mt_session *session)
{
    struct mt_error error;
    const char **paths = calloc(session->trace_count + 1, sizeof *paths);
    if (!paths)
        return mt_command_fail(&(struct mt_error){MT_INCONCLUSIVE, "not enough memory"});
    for (size_t i = 0; i < session->trace_count; i++)
        paths[i] = session->traces[i].path;
    if (mt_session_check(session, check->program, &error) != 0)
        mt_gate_doubt(&check->gate, "%s", error.text);
    const int status = check_traces(check, paths, session->trace_count);
    free(paths);
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

/* ---- command line ---- */

static int run(int argc, char **argv)
{
    struct check check = {.limits = {.leak_status = MT_LEAKS}, .out = stdout};
    const struct mt_option_table tables[] = {
        {mt_gate_option_list, &check.limits},
        {mt_session_option_list, &check.session},
        {mt_report_option_list, &check.report},
        {NULL, NULL},
    };
    struct mt_error error;
    int operand;
    const int parsed = mt_options_parse(argc, argv, tables, false, &operand, &error);
    if (parsed == MT_OPTIONS_HELP)
        return mt_command_help(&mt_command_check);
    if (parsed != 0)
        return mt_command_misused(&mt_command_check, "%s", error.text);
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
    if (mt_gate_files_begin(&check.limits, &check.report, &check.files, &error) != 0)
        return mt_command_fail(&error);
    if (strcmp(argv[operand - 1], "--") == 0)
        return check_program(&check, argv + operand);
    return check_named(&check, argv + operand, argc - operand);
}

const struct mt_command mt_command_check = {
    .name = "check",
    .summary = "fails when more is left unfreed than is allowed: a gate for CI",
    .help = "usage: memtrace check [options] TRACE|DIR...\n"
            "       memtrace check [options] -- PROGRAM [ARGUMENT...]\n"
            "\n"
            "Counts the leaks of all the processes together, lists their sites, and ends\n"
            "with the verdict: clean, leaks or inconclusive. What a program's children leak\n"
            "counts too.\n"
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
