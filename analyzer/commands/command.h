/* command.h: the subcommands of memtrace. Each cmd_*.c defines one struct mt_command; command.c
 * lists them; main.c picks one. Only these files print or end the process with a status. */
#ifndef MT_COMMAND_H
#define MT_COMMAND_H

#include <stdbool.h>
#include "error.h"
#include "options.h"

struct mt_command {
    const char *name;    /* as typed: "report" */
    const char *summary; /* what it does, for the list of commands; no capital, no full stop */
    const char *help;    /* the screen of --help after its first line: usage, options, examples;
                            at most 80 columns, ends in a newline */

    /* Does it. argv[0] is the command's name, argv[argc] is NULL. Returns the exit status. */
    int (*run)(int argc, char **argv);
};

extern const struct mt_command mt_command_run;
extern const struct mt_command mt_command_report;
extern const struct mt_command mt_command_snapshot;
extern const struct mt_command mt_command_top;
extern const struct mt_command mt_command_check;
extern const struct mt_command mt_command_diff;
extern const struct mt_command mt_command_map;
extern const struct mt_command mt_command_export;
extern const struct mt_command mt_command_pack;
extern const struct mt_command mt_command_dump;

/* All commands in the order of the help screen; ended by NULL. */
extern const struct mt_command *const mt_commands[];

/* The command of this name, or NULL. */
const struct mt_command *mt_command_find(const char *name);

/* Prints the --help screen of `command` on stdout. Returns 0. */
int mt_command_help(const struct mt_command *command);

/* Prints `error` as the one line the user reads, on stderr. Returns its status. */
int mt_command_fail(const struct mt_error *error);

/* The same for wrong usage: the line ends with where the right usage is shown. Returns MT_USAGE. */
int mt_command_misused(const struct mt_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads the options of the command's line, as mt_options_parse does. Returns whether it goes on,
 * with the index of its first operand. Otherwise --help or the right usage has been printed, and
 * *ret_status is what it ends with. */
bool mt_command_parse(const struct mt_command *command, int argc, char **argv,
                      const struct mt_option_table *tables, bool stop_at_operand, int *ret_operand,
                      int *ret_status);

#endif
