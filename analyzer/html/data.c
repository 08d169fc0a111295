/* data.c: a report as one JSON object, for the page's own scripts: the head as objects, whatever
 * there is much of as columns of numbers that point into one list of strings. The format is the
 * page's own affair: programs read report --format=json. */
#include "data.h"

#include "block.h"
#include "json_values.h"
#include "printable.h"
#include "process_text.h"
#include "scan.h"

enum { COMMAND_SIZE = 4096 };

static json_t *process_of(const struct mt_report *report)
{
    const struct mt_header *header = mt_trace_header(report->trace);
    const struct mt_count leaked = mt_unfreed_leaks(&report->unfreed);
    const bool is_known = mt_report_knows_leaks(report);
    const char *allocator = mt_trace_text(report->trace, MT_FACT_ALLOCATOR);
    char command[COMMAND_SIZE], end[MT_END_SIZE];
    mt_command_text(report->trace, command, sizeof command);
    mt_end_text(report->trace, report->fate, end);
    return json_pack("{so so so so so so so so so so so so so}", "pid", mt_json_number(header->pid),
                     "ppid", mt_json_number(header->ppid), "command", mt_json_text(command), "end",
                     mt_json_text(end), "fate", mt_json_text(mt_fate_name(report->fate)), "started",
                     mt_json_number(header->started_unix_ns / 1000000), "duration",
                     mt_json_number_if(report->has_duration, report->duration_ms), "allocator",
                     mt_json_text(allocator), "leaked_bytes",
                     mt_json_number_if(is_known, leaked.bytes), "leaked_objects",
                     mt_json_number_if(is_known, leaked.objects), "unfreed_bytes",
                     mt_json_number(report->unfreed.all.bytes), "unfreed_objects",
                     mt_json_number(report->unfreed.all.objects), "peak_bytes",
                     mt_json_number(report->totals.peak_bytes));
}

static void write_head(const struct mt_report *report, const struct mt_report_options *options,
                       FILE *out)
{
    static const char *const sorts[] = {
        [MT_SORT_BYTES] = "bytes", [MT_SORT_BLOCKS] = "objects", [MT_SORT_RESIDENT] = "resident"};
    static const char *const views[] = {[MT_VIEW_UNFREED] = "null",
                                        [MT_VIEW_PEAK] = "\"peak\"",
                                        [MT_VIEW_TEMPORARY] = "\"temporary\""};
    fputs("{\"process\":", out);
    mt_json_write(process_of(report), out);
    fprintf(out,
            ",\n\"has_verdicts\":%s,\"is_sampled\":%s,\"has_resident\":%s,\"sort\":\"%s\","
            "\"site_count\":%zu,\"view\":%s,\n",
            report->has_verdicts ? "true" : "false",
            mt_trace_is_sampled(report->trace) ? "true" : "false",
            report->pages_known.has_resident ? "true" : "false", sorts[options->sort],
            report->rows.count, views[options->view]);
}

void mt_data_write(const struct mt_report *report, const struct mt_report_options *options,
                   FILE *out)
{
    struct mt_source_lines *lines = mt_source_lines_create(report->trace, options->sysroot);
    struct mt_stacks *stacks =
        lines ? mt_stacks_create(report->trace, report->symbols, lines) : NULL;
    FILE *block = stacks ? mt_block_open(out) : NULL;
    if (block) {
        fputs("<script type=\"application/json\" class=\"data\">", out);
        write_head(report, options, block);
        mt_data_write_sites(report, stacks, block);
        mt_data_write_accounts(report, stacks, block);
        mt_data_write_looks(report, block);
        mt_data_write_heaps(report, options, stacks, block);
        mt_stacks_write(stacks, block);
        fputs("\"version\":1}", block);
        fclose(block);
        fputs("</script>\n", out);
    }
    mt_stacks_destroy(stacks);
    mt_source_lines_destroy(lines);
}
