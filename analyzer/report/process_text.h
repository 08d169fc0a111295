/* process_text.h: the process of a trace in words: its command, and what became of it. */
#ifndef MT_PROCESS_TEXT_H
#define MT_PROCESS_TEXT_H

#include <stddef.h>
#include "process.h"

enum { MT_END_SIZE = 256 };

/* The command line as one would type it, or the executable; fit for a terminal. */
void mt_command_text(const struct mt_trace *trace, char *text, size_t size);

/* "exited with status 0 after 12 ms", "still running, for 3 h 5 min". */
void mt_end_text(const struct mt_trace *trace, enum mt_fate fate, char text[MT_END_SIZE]);

#endif
