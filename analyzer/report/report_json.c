/* report_json.c: a report for programs, schema memtrace-report/1 of the manual page. What is not
 * known is null. The head is one member a line and so are the sites: two reports can be compared
 * with diff. */
#include <time.h>
#include "json_sites.h"
#include "json_values.h"
#include "misuse_json.h"
#include "report.h"
#include "scan.h"
#include "snapshot.h"
#include "system_json.h"
#include "timeline_json.h"

static json_t *start_time(uint64_t unix_ns)
{
    if (unix_ns == 0)
        return json_null();
    const time_t seconds = (time_t)(unix_ns / 1000000000);
    struct tm parts;
    char date[64], full[80];
    if (!gmtime_r(&seconds, &parts) || !strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts))
        return json_null();
    snprintf(full, sizeof full, "%s.%03uZ", date, (unsigned)(unix_ns / 1000000 % 1000));
    return json_string(full);
}

static json_t *command_line(const struct mt_trace *trace)
{
    unsigned count;
    const char *const *command = mt_trace_command(trace, &count);
    if (!command)
        return json_null();
    json_t *list = json_array();
    for (unsigned i = 0; i < count; i++)
        json_array_append_new(list, mt_json_text(command[i]));
    return list;
}

static json_t *process_of(const struct mt_report *report)
{
    const struct mt_header *header = mt_trace_header(report->trace);
    const bool has_status = (header->flags & MT_FLAG_EXIT_STATUS) != 0;
    return json_pack("{so so so so so so so so so so}", "pid", mt_json_number(header->pid), "ppid",
                     mt_json_number(header->ppid), "executable",
                     mt_json_text(mt_trace_text(report->trace, MT_FACT_EXECUTABLE)), "command",
                     command_line(report->trace), "started", start_time(header->started_unix_ns),
                     "duration_ms", mt_json_number_if(report->has_duration, report->duration_ms),
                     "end", mt_json_text(mt_fate_name(report->fate)), "signal",
                     mt_json_number_if(header->end_signal != 0, header->end_signal), "exit_status",
                     has_status ? json_integer(header->exit_status) : json_null(), "oom",
                     mt_json_oom(report));
}

/* When verdicts were asked for; "none" where there are none. */
static const char *scan_word(const struct mt_report *report)
{
    const char *cause = mt_trace_scan_cause(report->trace);
    return cause ? cause : "none";
}

static json_t *trace_of(const struct mt_report *report)
{
    const struct mt_damage *damage = mt_trace_damage(report->trace);
    const bool is_sampled = mt_trace_is_sampled(report->trace);
    return json_pack(
        "{so so so so so so so so so sb so so}", "file", mt_json_text(mt_trace_path(report->trace)),
        "version", mt_json_number(mt_trace_header(report->trace)->version), "allocator",
        mt_json_text(mt_trace_text(report->trace, MT_FACT_ALLOCATOR)), "scan",
        json_string(scan_word(report)), "lost_blocks", mt_json_number(damage->lost_blocks),
        "lost_stacks", mt_json_number(damage->lost_stacks), "lost_mappings",
        mt_json_number(damage->lost_mappings), "truncated_stacks",
        mt_json_number(report->totals.cut_stacks), "threads_scanned",
        mt_json_number(mt_report_threads_scanned(report)), "sampled", is_sampled, "sample_bytes",
        mt_json_number_if(is_sampled, mt_trace_header(report->trace)->sample_bytes), "residency",
        mt_json_text(report->pages_known.method));
}

/* How the verdicts came about, or why there are none. */
static json_t *scan_of(const struct mt_report *report)
{
    const struct mt_seen *seen = mt_trace_snapshot(report->trace, 0);
    const struct mt_scan *scan = mt_trace_scan(report->trace, 0);
    const struct mt_scan none = {0};
    char problem[MT_NO_VERDICTS_BYTES], doubt[MT_NO_VERDICTS_BYTES];
    if (!scan)
        scan = &none;
    const bool has_scan = scan != &none;
    const bool is_own = has_scan && seen && scan->scan_us; /* not from a core file */
    return json_pack("{so so so so so so so so so so}", "problem",
                     mt_json_text(mt_trace_no_verdicts(report->trace, problem)), "doubt",
                     mt_json_text(mt_trace_scan_doubt(report->trace, doubt)), "taken_ms",
                     mt_json_number_if(is_own, is_own ? seen->head.taken_ms : 0), "paused_us",
                     mt_json_number_if(is_own, is_own ? seen->head.paused_us : 0), "scan_us",
                     mt_json_number_if(is_own, scan->scan_us), "threads",
                     mt_json_number_if(has_scan, scan->threads), "threads_registers",
                     mt_json_number_if(has_scan, scan->threads_registers), "threads_stacks",
                     mt_json_number_if(has_scan, scan->threads_stacks), "root_bytes",
                     mt_json_number_if(has_scan, scan->root_bytes), "heap_bytes",
                     mt_json_number_if(has_scan, scan->heap_bytes));
}

static json_t *totals_of(const struct mt_report *report)
{
    const struct mt_totals *totals = &report->totals;
    const struct mt_count *blocks = &report->unfreed.kinds[MT_KIND_BLOCK];
    const struct mt_count *mappings = &report->unfreed.kinds[MT_KIND_MAPPING];
    const struct mt_count leaked = mt_unfreed_leaks(&report->unfreed);
    const bool is_known = mt_report_knows_leaks(report);
    return json_pack(
        "{so so so so so so so so so so}", "allocations", mt_json_number(totals->allocations),
        "frees", mt_json_number(totals->frees), "allocated_bytes",
        mt_json_number(totals->allocated_bytes), "unfreed_blocks", mt_json_number(blocks->objects),
        "unfreed_bytes", mt_json_number(blocks->bytes), "unfreed_mappings",
        mt_json_number(mappings->objects), "unfreed_mapping_bytes", mt_json_number(mappings->bytes),
        "peak_bytes", mt_json_number(totals->peak_bytes), "leaked_objects",
        mt_json_number_if(is_known, leaked.objects), "leaked_bytes",
        mt_json_number_if(is_known, leaked.bytes));
}

static json_t *verdicts_of(const struct mt_report *report)
{
    static const enum mt_verdict order[] = {MT_VERDICT_DEFINITE, MT_VERDICT_INDIRECT,
                                            MT_VERDICT_POSSIBLE, MT_VERDICT_REACHABLE,
                                            MT_VERDICT_NONE,     MT_VERDICT_IGNORED};
    const struct mt_count *suspects = &report->unfreed.verdicts[MT_VERDICT_SUSPECT];
    json_t *verdicts = json_object();
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        struct mt_count count = report->unfreed.verdicts[order[i]];
        count.objects += order[i] == MT_VERDICT_NONE ? suspects->objects : 0;
        count.bytes += order[i] == MT_VERDICT_NONE ? suspects->bytes : 0;
        json_object_set_new(verdicts, mt_verdict_name(order[i]),
                            json_pack("{so so}", "objects", mt_json_number(count.objects), "bytes",
                                      mt_json_number(count.bytes)));
    }
    return verdicts;
}

static json_t *storage_of(const struct mt_report *report)
{
    json_t *storage = json_object();
    for (int i = 0; i < MT_STORAGE_COUNT; i++) {
        const struct mt_count *count = &report->unfreed.storage[i];
        json_object_set_new(
            storage, mt_storage_name((enum mt_storage)i),
            json_pack("{so so so}", "blocks", mt_json_number(count->objects), "bytes",
                      mt_json_number(count->bytes), "resident_bytes",
                      mt_json_number_if(report->pages_known.has_resident,
                                        report->unfreed.storage_pages[i].resident)));
    }
    return storage;
}

static void write_member(const char *name, json_t *value, FILE *out)
{
    fprintf(out, "  \"%s\": ", name);
    mt_json_write(value, out);
    fputs(",\n", out);
}

void mt_report_print_json(const struct mt_report *report, const struct mt_report_options *options,
                          FILE *out)
{
    fputs("{\n", out);
    write_member("schema", json_string("memtrace-report/1"), out);
    write_member("process", process_of(report), out);
    write_member("trace", trace_of(report), out);
    write_member("scan", scan_of(report), out);
    write_member("totals", totals_of(report), out);
    write_member("verdicts", verdicts_of(report), out);
    write_member("storage", storage_of(report), out);
    write_member("system", mt_json_system(&report->system), out);
    write_member("checks", mt_json_checks(report), out);
    fputs("  \"errors\": ", out);
    mt_json_write_misuses(report, out);
    fputs(",\n", out);
    write_member("timeline", mt_json_timeline(&report->system), out);
    write_member("curves", mt_json_curves(report), out);
    write_member("peak", mt_json_peak(report), out);
    write_member("sites_of", json_string(mt_view_names[report->view]), out);
    fputs("  \"sites\": ", out);
    mt_json_write_sites(report, options, out);
    fputs("\n}\n", out);
}
