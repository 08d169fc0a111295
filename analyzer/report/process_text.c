/* process_text.c: what ran and how it ended, in words. */
#include "process_text.h"

#include <stdio.h>
#include <string.h>
#include "paper.h"
#include "printable.h"

/* The command line as one would type it, or the executable. */
void mt_command_text(const struct mt_trace *trace, char *text, size_t size)
{
    unsigned count = 0;
    const char *const *command = mt_trace_command(trace, &count);
    const char *executable = mt_trace_text(trace, MT_FACT_EXECUTABLE);
    size_t length = 0;
    text[0] = 0;
    for (unsigned i = 0; command && i < count && length < size; i++) {
        const bool is_plain = command[i][0] && !strpbrk(command[i], " \t\n'\"\\$`;&|<>()*?[]#~");
        length += (size_t)snprintf(text + length, size - length, is_plain ? "%s%s" : "%s'%s'",
                                   i ? " " : "", command[i]);
    }
    if (!text[0])
        snprintf(text, size, "%s", executable ? executable : "?");
    mt_make_printable(text);
}

void mt_end_text(const struct mt_trace *trace, enum mt_fate fate, char text[MT_END_SIZE])
{
    const struct mt_header *header = mt_trace_header(trace);
    char duration[MT_NUMBER_SIZE] = "";
    uint64_t duration_ms;
    if (mt_process_duration(trace, fate, &duration_ms))
        mt_duration_text(duration_ms, duration);
    switch (fate) {
    case MT_FATE_EXITED:
        if (header->flags & MT_FLAG_EXIT_STATUS)
            snprintf(text, MT_END_SIZE, "exited with status %d after %s", header->exit_status,
                     duration);
        else
            snprintf(text, MT_END_SIZE, "exited after %s", duration);
        break;
    case MT_FATE_EXEC:
        snprintf(text, MT_END_SIZE, "became another program (exec) after %s", duration);
        break;
    case MT_FATE_RUNNING:
        snprintf(text, MT_END_SIZE, "still running, for %s", duration);
        break;
    case MT_FATE_KILLED:
        if (header->end_signal)
            snprintf(text, MT_END_SIZE, "killed by signal %u (%s)", (unsigned)header->end_signal,
                     strsignal((int)header->end_signal));
        else
            snprintf(text, MT_END_SIZE, "killed");
        break;
    default:
        snprintf(text, MT_END_SIZE, "how it ended is not known");
    }
}
