/* cmd_pack.c: `memtrace pack`: a trace and the symbols that it needs, in one file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "command.h"
#include "frames.h"
#include "output.h"
#include "pack.h"
#include "printable.h"
#include "progress.h"
#include "report_options.h"
#include "trace_paths.h"

struct options {
    struct mt_report_options report; /* of which only the search counts */
    const char *output;              /* NULL: named after the trace */
};

static int set_output(void *target, const char *value, struct mt_error *error)
{
    if (!value[0])
        return mt_fail(error, MT_USAGE, "needs the name of a file, or -");
    ((struct options *)target)->output = value;
    return MT_OK;
}

static const struct mt_option option_list[] = {
    {"output", 'o', true, set_output},
    {NULL},
};

/* "app.mtpack" of "traces/app.mtrace": here, where the user stands. The caller frees it. */
static char *name_after(const char *trace)
{
    const char *base = mt_base_name(trace), *ending = strstr(base, ".mtrace");
    char *name;
    const int length = ending ? (int)(ending - base) : (int)strlen(base);
    const char *rest = ending ? ending + strlen(".mtrace") : "";
    return asprintf(&name, "%.*s%s.mtpack", length, base, rest) < 0 ? NULL : name;
}

struct job {
    const char *trace;
    struct mt_search search;
    struct mt_packed packed;
};

static int write_pack(void *context, FILE *out, struct mt_error *error)
{
    struct job *job = context;
    return mt_pack_write(job->trace, &job->search, out, &job->packed, error);
}

static void say(const char *output, const struct mt_packed *packed)
{
    mt_print_line(stdout, "memtrace: packed the trace and %u file%s with symbols into %s", packed->files,
           packed->files == 1 ? "" : "s", output);
    if (packed->missing)
        mt_print_line(stdout, "note: %s: its frames will have no names%s", packed->first_missing,
               packed->missing > 1 ? ", nor those of others (try: --sysroot=DIR or --debuginfod)"
                                   : " (try: --sysroot=DIR or --debuginfod)");
}

static int pack(const char *name, const struct options *options)
{
    struct mt_trace_paths paths = {0};
    struct mt_error error;
    mt_progress_enable();
    int status = mt_trace_paths_add(&paths, name, &error);
    if (status == MT_OK && paths.count > 1)
        status = mt_fail(&error, MT_USAGE, "pack: takes one trace, %s has %zu", name, paths.count);
    char *own = status == MT_OK && !options->output ? name_after(paths.items[0]) : NULL;
    const char *output = options->output ? options->output : own;
    if (status == MT_OK) {
        struct job job = {.trace = paths.items[0], .search = mt_report_search(&options->report)};
        status = mt_output_write(output, write_pack, &job, &error);
        mt_progress_clear();
        if (status == MT_OK && !mt_output_is_stdout(output))
            say(output, &job.packed);
    }
    free(own);
    mt_trace_paths_finish(&paths);
    return status == MT_OK ? MT_OK : mt_command_fail(&error);
}

static int run(int argc, char **argv)
{
    struct options options = {0};
    const struct mt_option_table tables[] = {
        {option_list, &options},
        {mt_search_option_list, &options.report},
        {NULL, NULL},
    };
    int operand, status;
    if (!mt_command_parse(&mt_command_pack, argc, argv, tables, false, &operand, &status))
        return status;
    if (argc - operand != 1)
        return mt_command_misused(&mt_command_pack, "needs one trace or process");
    if (options.output && mt_output_is_stdout(options.output) && isatty(STDOUT_FILENO))
        return mt_command_misused(&mt_command_pack, "a pack is not for a terminal (try: -o FILE)");
    return pack(argv[operand], &options);
}

const struct mt_command mt_command_pack = {
    .name = "pack",
    .summary = "puts a trace and its symbols into one file, to be read anywhere",
    .help = "usage: memtrace pack [-o FILE] [options] TRACE|PID\n"
            "\n"
            "The pack holds the trace and the programs, libraries and debug files that name\n"
            "its frames, and what a runtime said of the code that it made. Every command\n"
            "that takes a trace takes a pack, on any machine.\n"
            "\n"
            "Options:\n"
            "  -o, --output=FILE    write into FILE; - is standard output (default: named\n"
            "                       after the trace, with .mtpack)\n" MT_SEARCH_OPTIONS_HELP "\n"
            "Exit status:\n"
            "  0    done           2    wrong usage          3    the trace cannot be read\n"
            "\n"
            "examples:\n"
            "  memtrace pack memtrace.server.4711.mtrace\n"
            "  memtrace report memtrace.server.4711.mtpack\n"
            "  memtrace pack -o - app.mtrace | ssh desk 'cat >app.mtpack'\n",
    .run = run,
};
