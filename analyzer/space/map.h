/* map.h: all that `memtrace map` shows of one process, ready to be printed. */
#ifndef MT_MAP_H
#define MT_MAP_H

#include <stdio.h>
#include "churn.h"
#include "process.h"
#include "report_options.h"
#include "segments.h"
#include "symbols.h"

/* The churn of all stacks whose site is the same function. */
struct mt_churn_row {
    struct mt_churn_site sum; /* the stack is that of the most bytes */
    char *label;              /* what the function is called */
};

struct mt_map {
    struct mt_trace *trace;
    struct mt_symbols *symbols;
    enum mt_fate fate;
    struct mt_space space;
    struct mt_segments segments;
    struct mt_churn_row *churn; /* of two rounds or more: once is no churn; the most bytes first */
    size_t churn_count;
};

struct mt_map_options {
    unsigned format; /* index into mt_map_formats */
    enum mt_color color;
    const char *sysroot; /* as in struct mt_report_options */
};

/* `name`: a trace, or the id of a process. Of one that runs the kernel is asked now, else what the
 * trace holds is taken. Returns 0 and the map (mt_map_close), or MT_UNREADABLE. */
int mt_map_open(const char *name, const struct mt_map_options *options, struct mt_map **ret_map,
                struct mt_error *error);
void mt_map_close(struct mt_map *map); /* NULL is fine */

struct mt_map_format {
    const char *name; /* as in --format */
    void (*print)(const struct mt_map *map, const struct mt_map_options *options, FILE *out);
};

extern const struct mt_map_format mt_map_formats[]; /* ended by a NULL name */

void mt_map_print_text(const struct mt_map *map, const struct mt_map_options *options, FILE *out);
void mt_map_print_json(const struct mt_map *map, const struct mt_map_options *options, FILE *out);

/* Page faults that a row has cost, if each of its bytes was touched; an estimate. */
uint64_t mt_churn_faults(const struct mt_map *map, const struct mt_churn_row *row);

/* Whether the row's memory is blocks of malloc's; else the program maps it. */
bool mt_churn_is_malloc(const struct mt_churn_row *row);

/* The threshold up to which malloc would have to take blocks from its heap for a row not to churn;
 * 0: glibc allows none that large, or malloc has nothing to do with it. */
uint64_t mt_churn_threshold(const struct mt_churn_row *row);

#endif
