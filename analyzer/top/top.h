/* top.h: memtrace top: how a process is shown while it runs. */
#ifndef MT_TOP_H
#define MT_TOP_H

#include <stdio.h>
#include "report_options.h"
#include "standings.h"

struct mt_top_options {
    uint64_t interval_ms; /* from the end of a round to that of the next, at least */
    uint64_t count;       /* rounds; 0: until the process ends */
    uint64_t top;         /* sites of a round; 0: as many as fit, or the first 10 of lines */
    enum mt_standing_sort sort;
    const char *filter;  /* part of a function's name or place; NULL: all. Not owned */
    const char *sysroot; /* NULL: none. Not owned */
    enum mt_color color;
};

/* What one of the two does until it ends: a screen that keys steer, which must be on a terminal, or
 * lines to `out`. Return 0 or a status. */
int mt_top_on_screen(struct mt_standings *standings, const char *path, uint32_t pid,
                     const struct mt_top_options *options, struct mt_error *error);
int mt_top_in_lines(struct mt_standings *standings, uint32_t pid,
                    const struct mt_top_options *options, FILE *out, struct mt_error *error);

/* ---- what they have in common ---- */

/* How much of a round is read at a time, and how long to do nothing after a step that began at
 * `begin_us` of the processor's time: a twentieth of a processor at most, however large the trace.
 */
enum { MT_TOP_STEP_US = 20000, MT_TOP_FIRST_STEP_US = 500000 };
uint64_t mt_top_pause_us(uint64_t begin_us);

uint64_t mt_top_now_us(void);
uint64_t mt_top_processor_us(void); /* that this command has used */

/* "812", "12.3K", "1.5G", in powers of 1024; with a sign, "+12.3K", "-812", "0", where `is_signed`.
 * Written to `text`, which is returned. */
enum { MT_TOP_SIZE = 16 };
const char *mt_top_size_text(double bytes, bool is_signed, char text[MT_TOP_SIZE]);

#endif
