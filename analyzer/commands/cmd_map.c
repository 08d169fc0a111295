/* cmd_map.c: `memtrace map`: the address space of a process, as the kernel, malloc and the program
 * see it. */
#include <stdio.h>
#include "command.h"
#include "map.h"
#include "options.h"
#include "progress.h"

static int set_format(void *target, const char *value, struct mt_error *error)
{
    const char *names[8] = {0};
    for (unsigned i = 0; i < 7 && mt_map_formats[i].name; i++)
        names[i] = mt_map_formats[i].name;
    struct mt_map_options *options = target;
    return mt_value_word(value, names, &options->format, error);
}

static int set_color(void *target, const char *value, struct mt_error *error)
{
    struct mt_map_options *options = target;
    unsigned color;
    const int status = mt_value_word(value, mt_color_names, &color, error);
    if (status == MT_OK)
        options->color = (enum mt_color)color;
    return status;
}

static int set_sysroot(void *target, const char *value, struct mt_error *error)
{
    if (!value[0])
        return mt_fail(error, MT_USAGE, "needs a folder");
    struct mt_map_options *options = target;
    options->sysroot = value;
    return MT_OK;
}

static const struct mt_option option_list[] = {
    {"format", 0, true, set_format},
    {"sysroot", 0, true, set_sysroot},
    {"color", 0, true, set_color},
    {NULL, 0, false, NULL},
};

static int run(int argc, char **argv)
{
    struct mt_map_options options = {0};
    const struct mt_option_table tables[] = {{option_list, &options}, {NULL, NULL}};
    struct mt_error error;
    struct mt_map *map;
    int operand, status;
    if (!mt_command_parse(&mt_command_map, argc, argv, tables, false, &operand, &status))
        return status;
    if (argc - operand != 1)
        return mt_command_misused(&mt_command_map, "needs one trace or process");
    mt_progress_enable();
    status = mt_map_open(argv[operand], &options, &map, &error);
    mt_progress_clear();
    if (status != MT_OK)
        return mt_command_fail(&error);
    mt_map_formats[options.format].print(map, &options, stdout);
    mt_map_close(map);
    return MT_OK;
}

const struct mt_command mt_command_map = {
    .name = "map",
    .summary = "shows the address space, what is free in the heap, what pins it",
    .help = "usage: memtrace map [options] TRACE|PID\n"
            "\n"
            "PID is a process that runs under the tracer: the kernel is asked how things are\n"
            "now, and the process goes on. Of one that has ended, TRACE holds what it saw of\n"
            "itself at its end.\n"
            "\n"
            "  segments  what the address space is for; in RAM, shared, in swap\n"
            "  heap      what lives in it, what is free and stays, which blocks pin it, what\n"
            "            malloc_trim(0) would give back; a picture\n"
            "  churn     buffers that are mapped and released again and again\n"
            "\n"
            "Options:\n"
            "  --format=FORMAT      text (default) or json\n"
            "  --sysroot=DIR        look for programs, libraries and symbols in DIR first\n"
            "  --color=WHEN         auto (default), always or never; NO_COLOR is honoured\n"
            "\n"
            "Exit status:\n"
            "  0    done           2    wrong usage          3    a trace cannot be read\n"
            "\n"
            "examples:\n"
            "  memtrace map $(pidof server)\n"
            "  memtrace map memtrace.server.4711.mtrace\n"
            "  memtrace map --format=json $(pidof server) | jq '.heaps[].pins'\n",
    .run = run,
};
