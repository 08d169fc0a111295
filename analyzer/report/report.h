/* report.h: a report of a trace: what was not freed, grouped, filtered, ordered and named, ready to
 * be printed in one of the formats, or counted by the gate. */
#ifndef MT_REPORT_H
#define MT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "misuse.h"
#include "oom.h"
#include "process.h"
#include "report_options.h"
#include "rows.h"
#include "sites.h"
#include "symbols.h"
#include "system.h"
#include "trace.h"

struct mt_report {
    struct mt_trace *trace;
    struct mt_symbols *symbols;
    struct mt_sites *sites;
    struct mt_hiding *hiding;  /* suppressions */
    struct mt_totals totals;   /* calls and bytes over the life of the process */
    struct mt_unfreed unfreed; /* everything that was alive, whatever the options leave out */
    enum mt_site_view view;      /* what the rows are of */
    struct mt_count view_sum;    /* the sum of all that the view has; of VIEW_UNFREED unfreed.all */
    struct mt_pages_known pages_known;
    struct mt_rows rows;       /* what the options select */
    struct mt_told told;       /* misuses of memory */
    enum mt_fate fate;
    struct mt_system system; /* what went on around the process */
    struct mt_oom oom;
    bool has_verdicts; /* else all is unclassified */
    unsigned verdicts; /* that the options want, bits 1 << enum mt_verdict */
    bool has_duration;
    uint64_t duration_ms; /* from the start of the trace to its end, or to now */
};

/* Opens `path` and makes its report. Returns 0 and the report (mt_report_close), or a status. */
int mt_report_open(const char *path, const struct mt_report_options *options,
                   struct mt_report **ret_report, struct mt_error *error);
void mt_report_close(struct mt_report *report); /* NULL is fine */

/* The same of an open trace, which it takes over, also where it fails. */
int mt_report_of(struct mt_trace *trace, const struct mt_report_options *options,
                 struct mt_report **ret_report, struct mt_error *error);

/* Whether the sum of what is lost is known: there are verdicts, and the scan saw all. */
static inline bool mt_report_knows_leaks(const struct mt_report *report)
{
    return report->has_verdicts && !report->unfreed.verdicts[MT_VERDICT_SUSPECT].objects;
}

/* Threads of which the scan saw both registers and stack; 0 where there are no verdicts. */
unsigned mt_report_threads_scanned(const struct mt_report *report);

struct mt_report_format {
    const char *name; /* as in --format */
    void (*print)(const struct mt_report *report, const struct mt_report_options *options,
                  FILE *out);
    bool has_heads_first;  /* sites by verdict, the heads of leaks first; else by bytes alone */
    bool lists_suppressed; /* and says by what; else they are left out */
    bool lists_all; /* whatever its verdict, unless the options say which: readers choose themselves */
    const char *before, *between, *after; /* around and between several reports */
    void (*begin)(const struct mt_report *first, FILE *out); /* what stands before all of them, */
    void (*end)(FILE *out);                                  /* and after, be it one; or NULL */
};

extern const struct mt_report_format mt_report_formats[]; /* ended by a NULL name */

void mt_report_print_text(const struct mt_report *report, const struct mt_report_options *options,
                          FILE *out);
void mt_report_print_json(const struct mt_report *report, const struct mt_report_options *options,
                          FILE *out);

/* The page: report --format=html. */
void mt_report_begin_html(const struct mt_report *first, FILE *out);
void mt_report_print_html(const struct mt_report *report, const struct mt_report_options *options,
                          FILE *out);
void mt_report_end_html(FILE *out);

/* Prints reports that are open. */
void mt_report_print(struct mt_report *const *reports, size_t count,
                     const struct mt_report_options *options, FILE *out);

/* Prints the report of one trace or of several. A trace that cannot be read does not keep the
 * others from being reported: the status and text of the first such one are returned then. */
int mt_report_traces(const char *const *paths, size_t count,
                     const struct mt_report_options *options, FILE *out, struct mt_error *error);

#endif
