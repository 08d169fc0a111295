/* system_look.h: a look at a process from outside. */
#ifndef MT_SYSTEM_LOOK_H
#define MT_SYSTEM_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "memtrace/samples.h"
#include "trace.h"

/* Reads a file as text, NUL-ended and cut to the buffer; 0 where there is none. */
size_t mt_system_text(const char *path, char *to, size_t room);

/* Milliseconds since a trace began, now. */
uint64_t mt_system_now_ms(const struct mt_header *header);

/* Takes a sample of the process of a trace, whose group is known. Returns false where it does not
 * run on this machine. */
bool mt_system_sample(const struct mt_header *header, const struct mt_group *group,
                      struct mt_sample *ret_sample);

/* The same as a look. */
bool mt_system_look(const struct mt_header *header, struct mt_look *ret_look);

#endif
