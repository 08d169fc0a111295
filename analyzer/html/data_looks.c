/* data_looks.c: the looks at the process and its surroundings, a column for each figure that the
 * page draws, null where it was not known; and the instants that are worth a mark. */
#include <inttypes.h>
#include "accounts.h"
#include "data.h"
#include "json_values.h"
#include "printable.h"
#include "snapshot.h"

static const struct drawn {
    const char *name;
    enum mt_figure figure;
} drawn[] = {
    {"live", MT_FIGURE_LIVE_BYTES},      {"mapped", MT_FIGURE_MAPPED_BYTES},
    {"resident", MT_FIGURE_VM_RSS},      {"virtual", MT_FIGURE_VM_SIZE},
    {"swapped", MT_FIGURE_VM_SWAP},      {"minor", MT_FIGURE_MINOR_FAULTS},
    {"major", MT_FIGURE_MAJOR_FAULTS},   {"limit", MT_FIGURE_CGROUP_MAX},
    {"group", MT_FIGURE_CGROUP_CURRENT},
};

/* Addresses that are set aside for the trace are none of the program's. */
static uint64_t figure_of(const struct mt_system *system, const struct mt_look *look,
                          enum mt_figure figure)
{
    const uint64_t value = look->figures[figure];
    if (value >= MT_FIGURE_UNLIMITED || figure != MT_FIGURE_VM_SIZE)
        return value;
    return value > system->reserved_bytes ? value - system->reserved_bytes : 0;
}

static void write_column(const struct mt_system *system, const struct drawn *column, FILE *out)
{
    fprintf(out, ",\n\"%s\":[", column->name);
    for (size_t i = 0; i < system->count; i++) {
        const uint64_t value = figure_of(system, &system->looks[i], column->figure);
        if (value >= MT_FIGURE_UNLIMITED)
            fputs(i ? ",null" : "null", out);
        else
            fprintf(out, i ? ",%" PRIu64 : "%" PRIu64, value);
    }
    fputc(']', out);
}

/* ---- marks ---- */

static void add_mark(json_t *marks, uint64_t ms, const char *kind, const char *name)
{
    char printable[256];
    snprintf(printable, sizeof printable, "%s", name);
    mt_make_printable(printable);
    json_array_append_new(marks, json_pack("{so ss so}", "ms", mt_json_number(ms), "kind", kind,
                                           "name", mt_json_text(printable)));
}

static void add_epochs(json_t *marks, const struct mt_trace *trace)
{
    enum { MARKS_MAX = 100 };
    static const char *const kinds[] = {[MT_EPOCH_PHASE] = "phase",
                                        [MT_EPOCH_CHECKPOINT] = "checkpoint",
                                        [MT_EPOCH_BEGIN] = "scope"};
    size_t count;
    const struct mt_said_epoch *epochs = mt_trace_epochs(trace, &count);
    for (size_t i = 0; i < count && json_array_size(marks) < MARKS_MAX; i++)
        if (epochs[i].kind < sizeof kinds / sizeof *kinds && kinds[epochs[i].kind])
            add_mark(marks, epochs[i].ms, kinds[epochs[i].kind], epochs[i].name);
}

static void add_snapshots(json_t *marks, const struct mt_trace *trace)
{
    for (unsigned age = MT_PLANES; age-- > 0;) {
        const struct mt_seen *seen = mt_trace_snapshot(trace, age);
        if (seen && seen->head.cause != MT_CAUSE_EXIT)
            add_mark(marks, seen->head.taken_ms, "snapshot", "");
    }
}

/* Where the trace does not say when the peak was, the look with the most live bytes, if that is
 * nearly as much: else the peak was between two. */
static void add_peak(json_t *marks, const struct mt_report *report)
{
    enum { NEARLY_PERCENT = 95 };
    const struct mt_system *system = &report->system;
    const uint64_t peak_bytes = report->totals.peak_bytes;
    uint64_t peak_ms, kept_bytes;
    if (mt_trace_peak(report->trace, &peak_ms, &kept_bytes)) {
        add_mark(marks, peak_ms, "peak", "");
        return;
    }
    const struct mt_look *most = NULL;
    for (size_t i = 0; i < system->count; i++) {
        const uint64_t live = system->looks[i].figures[MT_FIGURE_LIVE_BYTES];
        if (live < MT_FIGURE_UNLIMITED && live > 0 &&
            (!most || live > most->figures[MT_FIGURE_LIVE_BYTES]))
            most = &system->looks[i];
    }
    if (most && most->figures[MT_FIGURE_LIVE_BYTES] >= peak_bytes / 100 * NEARLY_PERCENT)
        add_mark(marks, most->taken_ms, "peak", "");
}

void mt_data_write_looks(const struct mt_report *report, FILE *out)
{
    const struct mt_system *system = &report->system;
    json_t *marks = json_array();
    add_epochs(marks, report->trace);
    add_snapshots(marks, report->trace);
    add_peak(marks, report);
    if (report->has_duration)
        add_mark(marks, report->duration_ms, report->fate == MT_FATE_RUNNING ? "now" : "end", "");
    fputs("\"marks\":", out);
    mt_json_write(marks, out);
    fputs(",\n\"looks\":{\"ms\":[", out);
    for (size_t i = 0; i < system->count; i++)
        fprintf(out, i ? ",%" PRIu64 : "%" PRIu64, system->looks[i].taken_ms);
    fputc(']', out);
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
        write_column(system, &drawn[i], out);
    fputs("},\n", out);
}
