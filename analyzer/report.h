/* report.h: a report of a trace: what was not freed, grouped, filtered, sorted and named, ready to
 * be printed in one of the formats, or counted by the gate. */
#ifndef MT_REPORT_H
#define MT_REPORT_H

#include <stddef.h>
#include <stdio.h>
#include "report_options.h"
#include "sites.h"
#include "symbols.h"
#include "trace.h"

struct mt_report {
    struct mt_trace *trace;
    struct mt_symbols *symbols;
    struct mt_totals totals;   /* calls and bytes over the life of the process */
    struct mt_unfreed unfreed; /* everything that was alive, whatever the options leave out */
    struct mt_count selected;  /* what the options select, before --top */
    size_t selected_sites;
    struct mt_row *rows; /* what is shown, in order */
    size_t row_count;
    struct mt_sites *sites; /* that the rows point into */
};

/* A line of the report: a site, or with --group-by all sites of a function, file or module. */
struct mt_row {
    const struct mt_site *site; /* a group's is the sum of its sites */
    uint64_t fingerprint;
    size_t site_count; /* 1 unless a group */
    const char *group; /* the function, file or module; NULL for a site */
};

/* Opens `path` and makes its report. Returns 0 and the report (mt_report_close), or a status. */
int mt_report_open(const char *path, const struct mt_report_options *options,
                   struct mt_report **ret_report, struct mt_error *error);
void mt_report_close(struct mt_report *report); /* NULL is fine */

/* Why the counts of this trace prove nothing (the allocator was not seen, records were lost), as
 * one line; NULL when they can be relied on. Owned by the report or constant. */
const char *mt_report_doubt(const struct mt_report *report);

struct mt_report_format {
    const char *name; /* as in --format */
    void (*print)(const struct mt_report *report, const struct mt_report_options *options,
                  FILE *out);
    const char *before, *between, *after; /* around and between several reports */
};

extern const struct mt_report_format mt_report_formats[]; /* ended by a NULL name */

/* Prints the report of one trace or of several. A trace that cannot be read does not keep the
 * others from being reported: the status and text of the first such one are returned then. */
int mt_report_traces(const char *const *paths, size_t count,
                     const struct mt_report_options *options, FILE *out, struct mt_error *error);

#endif
