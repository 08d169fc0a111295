/* cmd_top.c: memtrace top: the sites of a running process, refreshed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "command.h"
#include "printable.h"
#include "process_text.h"
#include "top.h"
#include "trace_paths.h"

enum { INTERVAL_MS = 2000, INTERVAL_LEAST_MS = 100 };

static int set_interval(void *target, const char *value, struct mt_error *error)
{
    struct mt_top_options *options = target;
    if (mt_value_seconds(value, &options->interval_ms, error) != MT_OK)
        return MT_USAGE;
    if (options->interval_ms < INTERVAL_LEAST_MS || options->interval_ms > 86400000)
        return mt_fail(error, MT_USAGE, "not between 0.1 and 86400 seconds");
    return MT_OK;
}

static int set_count(void *target, const char *value, struct mt_error *error)
{
    struct mt_top_options *options = target;
    return mt_value_count(value, &options->count, error);
}

static int set_top(void *target, const char *value, struct mt_error *error)
{
    struct mt_top_options *options = target;
    return mt_value_count(value, &options->top, error);
}

static int set_sort(void *target, const char *value, struct mt_error *error)
{
    struct mt_top_options *options = target;
    unsigned index = 0;
    const int status = mt_value_word(value, mt_standing_sort_names, &index, error);
    options->sort = (enum mt_standing_sort)index;
    return status;
}

static int set_filter(void *target, const char *value, struct mt_error *error)
{
    struct mt_top_options *options = target;
    (void)error;
    options->filter = value;
    return MT_OK;
}

static int set_sysroot(void *target, const char *value, struct mt_error *error)
{
    struct mt_top_options *options = target;
    (void)error;
    options->sysroot = value;
    return MT_OK;
}

static int set_color(void *target, const char *value, struct mt_error *error)
{
    struct mt_top_options *options = target;
    unsigned index = 0;
    const int status = mt_value_word(value, mt_color_names, &index, error);
    options->color = (enum mt_color)index;
    return status;
}

static const struct mt_option option_list[] = {
    {"interval", 'i', true, set_interval},
    {"count", 'n', true, set_count},
    {"sort", 0, true, set_sort},
    {"filter", 0, true, set_filter},
    {"top", 0, true, set_top},
    {"sysroot", 0, true, set_sysroot},
    {"color", 0, true, set_color},
    {NULL},
};

static bool has_screen(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && terminal && *terminal &&
           strcmp(terminal, "dumb") != 0;
}

/* A trace is mapped into every process that was forked off its own; what it says is of one alone.
 */
static int check_owner(const struct mt_standings *standings, uint32_t pid, struct mt_error *error)
{
    const uint32_t inner = mt_process_inner_pid(pid);
    const uint32_t owner = mt_trace_header(mt_standings_trace(standings))->pid;
    if (inner == 0 || inner == owner)
        return MT_OK;
    return mt_fail(error, MT_UNREADABLE,
                   "process %u: was forked and has not allocated since, so it has no trace of its "
                   "own (try: memtrace top %u)",
                   pid, owner);
}

/* What the last lines mean: on stderr, where it is no field of theirs. */
static void say_end(const struct mt_standings *standings, uint32_t pid)
{
    char end[MT_END_SIZE];
    const struct mt_trace *trace = mt_standings_trace(standings);
    if (mt_standings_head(standings)->is_running)
        return;
    mt_end_text(trace, mt_process_fate(trace), end);
    fprintf(stderr, "memtrace: process %u: %s\n", pid, end);
}

static int watch(const char *name, uint32_t pid, const struct mt_top_options *options)
{
    struct mt_trace_paths paths = {0};
    struct mt_standings *standings = NULL;
    struct mt_error error;
    int status = mt_trace_paths_add(&paths, name, &error);
    if (status == MT_OK)
        status = mt_standings_open(paths.items[0], pid, options->sysroot, &standings, &error);
    if (status == MT_OK)
        status = check_owner(standings, pid, &error);
    if (status == MT_OK && has_screen()) {
        status = mt_top_on_screen(standings, paths.items[0], pid, options, &error);
    } else if (status == MT_OK) {
        status = mt_top_in_lines(standings, pid, options, stdout, &error);
        say_end(standings, pid);
    }
    mt_standings_close(standings);
    mt_trace_paths_finish(&paths);
    return status == MT_OK ? MT_OK : mt_command_fail(&error);
}

static int run(int argc, char **argv)
{
    struct mt_top_options options = {.interval_ms = INTERVAL_MS};
    const struct mt_option_table tables[] = {{option_list, &options}, {NULL, NULL}};
    struct mt_error error;
    int operand, status;
    if (!mt_command_parse(&mt_command_top, argc, argv, tables, false, &operand, &status))
        return status;
    if (operand + 1 != argc)
        return mt_command_misused(&mt_command_top, "needs one process id");
    uint32_t pid = 0;
    if (mt_value_pid(argv[operand], &pid, &error) != MT_OK)
        return mt_command_misused(&mt_command_top, "%s: %s", argv[operand], error.text);
    return watch(argv[operand], pid, &options);
}

const struct mt_command mt_command_top = {
    .name = "top",
    .summary = "shows the sites of a running process, again and again",
    .help = "usage: memtrace top [options] PID\n"
            "\n"
            "What each site of a process that runs under the tracer holds, by how much it\n"
            "grew, and what the last snapshot says of it. The process is only looked at; this\n"
            "takes a twentieth of a processor at most, however large the trace.\n"
            "\n"
            "Options:\n"
            "  -i, --interval=SECONDS  between two rounds (default: 2); more, where the trace\n"
            "                          is so large that its reading takes longer\n"
            "  -n, --count=N           end after N rounds (default: 2, on a terminal at q)\n"
            "  --sort=WHAT             bytes (default), blocks, growth or rate\n"
            "  --filter=TEXT           sites that have TEXT in their function or file\n"
            "  --top=N                 sites of a round (default: what fits; in lines 10)\n"
            "  --sysroot=DIR           look for programs, libraries and symbols in DIR first\n"
            "  --color=WHEN            auto (default), always or never; NO_COLOR is honoured\n"
            "\n"
            "On a terminal:\n"
            "  up, down     choose a site           b o g r  sort by bytes, objects, growth,\n"
            "  Enter        its stack                        rate\n"
            "  /            filter; Enter ends it   s        take a snapshot: verdicts\n"
            "  Esc          back, or no filter      q        end\n"
            "\n"
            "Elsewhere each line is a site: round, seconds, bytes, objects, growth since the\n"
            "first round, growth per second, verdict, place, function.\n"
            "\n"
            "Exit status:\n"
            "  0    done           2    wrong usage          3    the process is not traced\n"
            "\n"
            "examples:\n"
            "  memtrace top $(pidof server)\n"
            "  memtrace top --sort=rate --filter=cache 4711\n"
            "  memtrace top --interval=60 --count=60 4711 >an-hour.txt\n"
            "  memtrace top -n 2 4711 | awk '$1 == 2 && $5 > 0'\n",
    .run = run,
};
