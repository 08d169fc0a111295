/* export.h: reports in the formats of other tools. A format is a function that writes the rows of
 * some open reports; export.c has the table of them, which is all that the command knows. */
#ifndef MT_EXPORT_H
#define MT_EXPORT_H

#include <stdbool.h>
#include <stdio.h>
#include "report.h"

/* What the width of a frame stands for, where a format shows one figure. The last two are of the
 * whole life of each stack, whatever is left of it. */
enum mt_export_value {
    MT_VALUE_BYTES,
    MT_VALUE_OBJECTS,
    MT_VALUE_RESIDENT,
    MT_VALUE_ALLOCATED,   /* bytes */
    MT_VALUE_ALLOCATIONS, /* blocks */
};

extern const char *const mt_export_value_names[]; /* by enum mt_export_value, ended by NULL */

struct mt_export {
    struct mt_report *const *reports;
    size_t count; /* at least 1; 1 unless the format takes several */
    const struct mt_report_options *options;
    enum mt_export_value value;
    const char *file; /* name that is written to: its ending may ask for compression; NULL: none */
};

struct mt_export_format {
    const char *name; /* as in --format */
    /* Writes all of it. Returns 0, or a status and why; whether `out` took it is for the caller to
     * find out. */
    int (*write)(const struct mt_export *export, FILE *out, struct mt_error *error);
    bool takes_several; /* reports, put together */
    bool has_value;     /* shows one figure: --value chooses */
    bool is_for_files;  /* nothing that belongs on a terminal */
};

extern const struct mt_export_format mt_export_formats[]; /* ended by a NULL name */

/* The figure of a row, one of the first three, rounded as the report does; false where the trace
 * does not know it. */
bool mt_export_value(const struct mt_export *export, const struct mt_report *report,
                     const struct mt_row *row, uint64_t *ret_value);

/* "app (4711)". The caller frees it; NULL where memory runs out. */
char *mt_export_process(const struct mt_report *report);

/* The formats. */

/* By the report of the same name. */
int mt_export_report(const struct mt_export *export, FILE *out, struct mt_error *error);
int mt_export_folded(const struct mt_export *export, FILE *out, struct mt_error *error);
int mt_export_pprof(const struct mt_export *export, FILE *out, struct mt_error *error);
int mt_export_speedscope(const struct mt_export *export, FILE *out, struct mt_error *error);
int mt_export_massif(const struct mt_export *export, FILE *out, struct mt_error *error);
int mt_export_heaptrack(const struct mt_export *export, FILE *out, struct mt_error *error);
int mt_export_junit(const struct mt_export *export, FILE *out, struct mt_error *error);
int mt_export_sarif(const struct mt_export *export, FILE *out, struct mt_error *error);

#endif
