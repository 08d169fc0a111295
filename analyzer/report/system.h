/* system.h: what went on around the program, from the looks in its trace (trace.h): what people
 * know from free, top and vmstat, at the start, at its worst and at the end. */
#ifndef MT_SYSTEM_H
#define MT_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "paper.h"
#include "trace.h"

struct mt_report;

/* All looks of a trace, and for a process that runs one that was taken now. */
struct mt_system {
    struct mt_look *looks; /* by time */
    size_t count;
    uint64_t reserved_bytes; /* of VmSize, set aside for the trace itself */
};

/* Returns 0 (mt_system_finish), or -1 when there is no memory. */
int mt_system_open(const struct mt_trace *trace, bool is_running, struct mt_system *ret_system);
void mt_system_finish(struct mt_system *system); /* zeroed is fine */

/* How a figure went. Each is MT_FIGURE_UNKNOWN where no look knew it. */
struct mt_course {
    uint64_t start, peak, end; /* peak: the least, of what is free or available */
};
struct mt_course mt_system_course(const struct mt_system *system, enum mt_figure figure);

/* A sum of figures of one look; UNKNOWN where one of them is, or UNLIMITED. The list ends with
 * MT_FIGURE_COUNT. */
uint64_t mt_look_sum(const struct mt_look *look, const enum mt_figure *figures);

/* The last look at which the process was seen alive; NULL: none. */
const struct mt_look *mt_system_last(const struct mt_system *system);

/* By how much a counter rose from the first look to the last; UNKNOWN where no two knew it. */
uint64_t mt_system_rise(const struct mt_system *system, enum mt_figure figure);

/* The screen of report --system, but for its head. */
void mt_system_print(const struct mt_paper *paper, const struct mt_report *report);

#endif
