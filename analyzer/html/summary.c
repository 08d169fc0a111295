/* summary.c: the sums of a report as HTML, in the words of the text report: where that prints whole
 * lines (doubts, notes, how the scan went), they are taken from it. */
#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "doubt.h"
#include "markup.h"
#include "oom.h"
#include "paper.h"
#include "process_text.h"
#include "remarks.h"
#include "scan.h"
#include "verdict_text.h"

enum { COMMAND_SIZE = 4096, FIGURE_SIZE = 64, BAR_UNITS = 1000 };

/* ---- head ---- */

static void write_start(const struct mt_report *report, FILE *out)
{
    const time_t seconds = (time_t)(mt_trace_header(report->trace)->started_unix_ns / 1000000000);
    struct tm parts;
    char date[64];
    if (seconds && gmtime_r(&seconds, &parts) &&
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S UTC", &parts))
        fprintf(out, " \xc2\xb7 started %s", date);
}

static void write_head(const struct mt_report *report, FILE *out)
{
    char command[COMMAND_SIZE], end[MT_END_SIZE];
    const char *allocator = mt_trace_text(report->trace, MT_FACT_ALLOCATOR);
    mt_command_text(report->trace, command, sizeof command);
    mt_end_text(report->trace, report->fate, end);
    fputs("<header class=\"head\"><h2><code>", out);
    mt_markup_text(out, command);
    fprintf(out, "</code></h2>\n<p>process %u ", mt_trace_header(report->trace)->pid);
    mt_markup_text(out, end);
    write_start(report, out);
    if (allocator) {
        fputs(" \xc2\xb7 ", out);
        mt_markup_text(out, allocator);
    }
    fputs("</p></header>\n", out);
}

/* ---- notes ---- */

/* Lines of the text report, each a paragraph; those that begin with blanks go on in the one before.
 */
static void write_lines(char *text, const char *class, FILE *out)
{
    bool is_open = false;
    char *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        const bool continues = is_open && line[0] == ' ';
        if (!continues)
            fprintf(out, "%s<p class=\"%s\">", is_open ? "</p>\n" : "", class);
        else
            fputs("<br>", out);
        mt_markup_text(out, line);
        is_open = true;
    }
    if (is_open)
        fputs("</p>\n", out);
}

static void write_notes(const struct mt_report *report, const struct mt_report_options *options,
                        FILE *out)
{
    char *text = NULL;
    size_t length;
    FILE *lines = open_memstream(&text, &length);
    if (!lines)
        return;
    const struct mt_paper paper = {.out = lines};
    mt_oom_print(&paper, report);
    mt_remarks_print(&paper, report, options);
    mt_symbol_notes_print(&paper, report);
    fclose(lines);
    if (text)
        write_lines(text, "note", out);
    free(text);
}

static void write_scan(const struct mt_report *report, FILE *out)
{
    char reason[MT_NO_VERDICTS_BYTES], *text = NULL;
    size_t length;
    if (mt_trace_no_verdicts(report->trace, reason)) {
        fputs("<p class=\"aside\">no verdicts: ", out);
        mt_markup_text(out, reason);
        fputs("</p>\n", out);
        return;
    }
    FILE *lines = open_memstream(&text, &length);
    if (!lines)
        return;
    const struct mt_paper paper = {.out = lines};
    mt_scan_print(&paper, report);
    fclose(lines);
    if (text)
        write_lines(text, "aside", out);
    free(text);
}

/* ---- figures ---- */

static void write_figure(FILE *out, const char *class, const char *name, const char *mark,
                         const char *value, const char *more)
{
    fprintf(out, "<div class=\"figure %s\"><dt>%s</dt><dd><b>%s%s</b> <span>", class, name, mark,
            value);
    mt_markup_text(out, more);
    fputs("</span></dd></div>\n", out);
}

/* Of a sum that is an estimate. */
static const char *mark_of(const struct mt_report *report)
{
    return mt_trace_is_sampled(report->trace) ? "~" : "";
}

static void write_figures(const struct mt_report *report, FILE *out)
{
    const struct mt_unfreed *unfreed = &report->unfreed;
    const struct mt_count leaked = mt_unfreed_leaks(unfreed);
    const char *mark = mark_of(report);
    char doubt[MT_DOUBT_BYTES];
    const bool is_proven =
        mt_report_knows_leaks(report) && !mt_trace_doubt(report->trace, doubt);
    char size[MT_NUMBER_SIZE], given[MT_NUMBER_SIZE], freed[MT_NUMBER_SIZE], more[FIGURE_SIZE],
        line[2 * FIGURE_SIZE];
    fputs("<dl class=\"figures\">\n", out);
    if (report->has_verdicts)
        write_figure(out,
                     leaked.objects ? "bad"
                     : is_proven    ? "good"
                                    : "",
                     "leaked", mark, mt_size_text(leaked.bytes, size),
                     leaked.objects ? mt_count_text(leaked.objects, "object", more)
                     : is_proven    ? "no leak"
                                    : "that were seen");
    write_figure(out, "", "not freed", mark, mt_size_text(unfreed->all.bytes, size),
                 mt_count_text(unfreed->all.objects, "object", more));
    if (report->pages_known.has_resident)
        write_figure(out, "", "in RAM", mark, mt_size_text(unfreed->pages.resident, size),
                     "of what was not freed");
    write_figure(out, "", "peak", mark, mt_size_text(report->totals.peak_bytes, size),
                 "in live blocks");
    snprintf(line, sizeof line, "%s freed", mt_number_text(report->totals.frees, freed));
    write_figure(out, "", "allocations", "", mt_number_text(report->totals.allocations, given),
                 line);
    fputs("</dl>\n", out);
}

/* ---- tables ---- */

/* A bar for the part that a sum has of the whole. */
static void write_bar(FILE *out, const char *class, uint64_t part, uint64_t whole)
{
    const unsigned units = whole ? (unsigned)((double)part / (double)whole * BAR_UNITS + 0.5) : 0;
    fprintf(out,
            "<td class=\"bar\"><svg viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" "
            "aria-hidden=\"true\"><rect class=\"track\" width=\"%d\" height=\"10\"/>"
            "<rect class=\"%s\" width=\"%u\" height=\"10\"/></svg></td>",
            BAR_UNITS, BAR_UNITS, class, units);
}

static void write_verdict(const struct mt_report *report, const struct mt_verdict_word *word,
                          FILE *out)
{
    const struct mt_count *count = &report->unfreed.verdicts[word->verdict];
    fprintf(out,
            "<tr class=\"%s\"><th scope=\"row\"><i class=\"mark %s\"></i>%s "
            "<span class=\"meaning\">%s</span></th>",
            count->objects ? "" : "none", mt_verdict_name(word->verdict), word->name,
            word->meaning);
    mt_markup_number(out, true, count->bytes);
    mt_markup_number(out, true, count->objects);
    write_bar(out, mt_verdict_name(word->verdict), count->bytes, report->unfreed.all.bytes);
    fputs("</tr>\n", out);
}

static void write_verdicts(const struct mt_report *report, FILE *out)
{
    fputs("<div class=\"card\"><h3>Verdicts</h3>\n", out);
    if (report->has_verdicts) {
        fputs("<table><thead><tr><th scope=\"col\">what was not freed</th>"
              "<th scope=\"col\" class=\"number\">bytes</th>"
              "<th scope=\"col\" class=\"number\">objects</th><td></td></tr></thead><tbody>\n",
              out);
        for (int i = 0; i < MT_VERDICT_COUNT; i++)
            if (mt_verdict_is_shown(&mt_verdict_words[i], report))
                write_verdict(report, &mt_verdict_words[i], out);
        fputs("</tbody></table>\n", out);
    }
    write_scan(report, out);
    fputs("</div>\n", out);
}

static void write_storage_row(FILE *out, const char *name, const struct mt_count *count,
                              bool has_resident, uint64_t resident, uint64_t whole)
{
    if (!count->objects)
        return;
    fprintf(out, "<tr><th scope=\"row\">%s</th>", name);
    mt_markup_number(out, true, count->bytes);
    mt_markup_number(out, true, count->objects);
    mt_markup_number(out, has_resident, resident);
    write_bar(out, "plain", count->bytes, whole);
    fputs("</tr>\n", out);
}

static void write_storage(const struct mt_report *report, FILE *out)
{
    static const char *const names[] = {"brk heap", "arenas", "own mappings", "unknown"};
    const struct mt_unfreed *unfreed = &report->unfreed;
    const bool has_resident = report->pages_known.has_resident;
    fputs("<div class=\"card\"><h3>Storage</h3>\n<table><thead><tr>"
          "<th scope=\"col\">where it lies</th><th scope=\"col\" class=\"number\">bytes</th>"
          "<th scope=\"col\" class=\"number\">objects</th>"
          "<th scope=\"col\" class=\"number\">in RAM</th><td></td></tr></thead><tbody>\n",
          out);
    uint64_t resident = unfreed->pages.resident;
    for (int i = 0; i < MT_STORAGE_COUNT; i++) {
        write_storage_row(out, names[i], &unfreed->storage[i], has_resident,
                          unfreed->storage_pages[i].resident, unfreed->all.bytes);
        resident -= unfreed->storage_pages[i].resident;
    }
    write_storage_row(out, "mapped by the program", &unfreed->kinds[MT_KIND_MAPPING], has_resident,
                      resident, unfreed->all.bytes);
    fputs("</tbody></table></div>\n", out);
}

void mt_summary_write(const struct mt_report *report, const struct mt_report_options *options,
                      FILE *out)
{
    write_head(report, out);
    write_notes(report, options, out);
    fputs("<section class=\"summary\" aria-label=\"Summary\">\n", out);
    write_figures(report, out);
    fputs("<div class=\"cards\">\n", out);
    write_verdicts(report, out);
    if (report->unfreed.all.objects)
        write_storage(report, out);
    fputs("</div></section>\n", out);
}
