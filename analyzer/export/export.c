/* export.c: the table of formats, and what several of them ask of a row or a report. */
#include "export.h"

#include <inttypes.h>
#include "frames.h"
#include "printable.h"

const char *const mt_export_value_names[] = {"bytes",     "objects",     "resident",
                                             "allocated", "allocations", NULL};

const struct mt_export_format mt_export_formats[] = {
    {"folded", mt_export_folded, .takes_several = true, .has_value = true},
    {"pprof", mt_export_pprof, .takes_several = true, .is_for_files = true},
    {"speedscope", mt_export_speedscope, .takes_several = true},
    {"massif", mt_export_massif},
    {"heaptrack", mt_export_heaptrack},
    {"html", mt_export_report, .takes_several = true, .is_for_files = true},
    {"json", mt_export_report, .takes_several = true},
    {"junit", mt_export_junit, .takes_several = true},
    {"sarif", mt_export_sarif, .takes_several = true},
    {NULL},
};

bool mt_export_value(const struct mt_export *export, const struct mt_report *report,
                     const struct mt_row *row, uint64_t *ret_value)
{
    const struct mt_site *site = &row->site;
    if (export->value == MT_VALUE_RESIDENT) {
        *ret_value = site->pages.resident;
        return report->pages_known.has_resident && mt_pages_are_seen(&site->pages, site->bytes);
    }
    *ret_value = export->value == MT_VALUE_OBJECTS ? site->objects : site->bytes;
    return true;
}

char *mt_export_process(const struct mt_report *report)
{
    const char *executable = mt_trace_text(report->trace, MT_FACT_EXECUTABLE);
    char *name;
    if (asprintf(&name, "%s (%" PRIu32 ")", executable ? mt_base_name(executable) : "?",
                 mt_trace_header(report->trace)->pid) < 0)
        return NULL;
    mt_make_printable(name);
    return name;
}

int mt_export_report(const struct mt_export *export, FILE *out, struct mt_error *error)
{
    (void)error;
    mt_report_print(export->reports, export->count, export->options, out);
    return MT_OK;
}
