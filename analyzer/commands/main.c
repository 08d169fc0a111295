/* main.c: memtrace COMMAND [options]: picks the command. Everything else is in cmd_*.c. */
#include <stdio.h>
#include <string.h>
#include "command.h"

static void print_overview(FILE *out)
{
    fputs("memtrace: finds the lines of a program whose memory is never freed\n"
          "\n"
          "usage: memtrace COMMAND [options]\n"
          "\n",
          out);
    for (const struct mt_command *const *command = mt_commands; *command; command++)
        fprintf(out, "  %-8s %s\n", (*command)->name, (*command)->summary);
    fputs("\n"
          "  memtrace COMMAND --help   its options, with examples\n"
          "  memtrace --version        the version\n",
          out);
}

static int misused(const char *what, const char *name)
{
    struct mt_error error;
    mt_fail(&error, MT_USAGE, "%s: %s (try: memtrace --help)", name, what);
    return mt_command_fail(&error);
}

static int help(const char *name)
{
    if (!name) {
        print_overview(stdout);
        return MT_OK;
    }
    const struct mt_command *command = mt_command_find(name);
    return command ? mt_command_help(command) : misused("no such command", name);
}

static int dispatch(int argc, char **argv)
{
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        puts("memtrace " MEMTRACE_VERSION);
        return MT_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help(argv[2]);

    const struct mt_command *command = mt_command_find(name);
    if (!command)
        return misused(name[0] == '-' ? "no such option" : "no such command", name);
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return MT_USAGE;
    }
    const int status = dispatch(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("memtrace: standard output");
        return status ? status : 1;
    }
    return status;
}
