/* command.c: the table of commands, and the few ways in which every command speaks to its user. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "command.h"

const struct mt_command *const mt_commands[] = {
    &mt_command_run,
    &mt_command_report,
    &mt_command_snapshot,
    &mt_command_top,
    &mt_command_check,
    &mt_command_diff,
    &mt_command_map,
    &mt_command_export,
    &mt_command_pack,
    &mt_command_dump,
    NULL,
};

const struct mt_command *mt_command_find(const char *name)
{
    for (const struct mt_command *const *command = mt_commands; *command; command++) {
        if (strcmp((*command)->name, name) == 0)
            return *command;
    }
    return NULL;
}

int mt_command_help(const struct mt_command *command)
{
    printf("memtrace %s: %s\n\n%s", command->name, command->summary, command->help);
    return MT_OK;
}

int mt_command_fail(const struct mt_error *error)
{
    fprintf(stderr, "memtrace: %s\n", error->text);
    return (int)error->status;
}

int mt_command_misused(const struct mt_command *command, const char *format, ...)
{
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);

    struct mt_error error;
    if (strstr(what, "(try: ")) /* it says already what would be right */
        mt_fail(&error, MT_USAGE, "%s: %s", command->name, what);
    else
        mt_fail(&error, MT_USAGE, "%s: %s (try: memtrace %s --help)", command->name, what,
                command->name);
    return mt_command_fail(&error);
}

bool mt_command_parse(const struct mt_command *command, int argc, char **argv,
                      const struct mt_option_table *tables, bool stop_at_operand, int *ret_operand,
                      int *ret_status)
{
    struct mt_error error;
    const int parsed = mt_options_parse(argc, argv, tables, stop_at_operand, ret_operand, &error);
    if (parsed == MT_OPTIONS_HELP)
        *ret_status = mt_command_help(command);
    else if (parsed != MT_OK)
        *ret_status = mt_command_misused(command, "%s", error.text);
    return parsed == MT_OK;
}
