/* report_text.c: a report for people: what ran and how it ended, what cannot be relied on, the
 * sites with the most first, the sums, and what to do next. Everything that came from the trace or
 * from files passes mt_make_printable before it reaches a terminal. */
#include <stdlib.h>
#include <string.h>
#include "doubt.h"
#include "pages_text.h"
#include "paper.h"
#include "printable.h"
#include "process_text.h"
#include "remarks.h"
#include "report.h"
#include "site_name.h"
#include "squeeze.h"
#include "stack_text.h"
#include "verdict_text.h"
#include "view_text.h"

enum { NAME_SIZE = 512, LINE_SIZE = 4096 };

/* ---- head ---- */

static void print_head(const struct mt_paper *paper, const struct mt_report *report)
{
    char command[LINE_SIZE], line[NAME_SIZE], end[MT_END_SIZE];
    mt_command_text(report->trace, command, sizeof command);
    mt_end_text(report->trace, report->fate, end);
    mt_text_squeeze(command, MT_PAPER_COLUMNS, line, sizeof line);
    mt_paper_print(paper, MT_INK_BOLD, "%s", line);
    fprintf(paper->out, "\nprocess %u %s\n", mt_trace_header(report->trace)->pid, end);
}

/* ---- figures ---- */

/* What stands before a sum of what the trace holds: "~" where that is an estimate. */
static const char *mark_of(const struct mt_report *report)
{
    return mt_trace_is_sampled(report->trace) ? "~" : "";
}

/* "1,024" or "~1,024", of objects of a kind; mappings are never sampled. Written to `text`, which
 * is returned.
 */
static const char *figure_text(const struct mt_report *report, enum mt_kind kind, uint64_t number,
                               char text[MT_NUMBER_SIZE])
{
    char plain[MT_NUMBER_SIZE];
    snprintf(text, MT_NUMBER_SIZE, "%s%s", kind == MT_KIND_BLOCK ? mark_of(report) : "",
             mt_number_text(number, plain));
    return text;
}

/* "21 blocks" or "~21 blocks". Written to `text`, which is returned. */
static const char *sum_text(const struct mt_report *report, uint64_t count, const char *noun,
                            char text[64])
{
    char plain[64];
    snprintf(text, 64, "%s%s", mark_of(report), mt_count_text(count, noun, plain));
    return text;
}

/* ---- sites ---- */

/* How wide the numbers and words are that stand under each other. */
struct widths {
    int bytes, objects, noun;
};

static struct widths measure(const struct mt_report *report)
{
    const struct mt_rows *rows = &report->rows;
    struct widths widths = {0, 0, sizeof "blocks" - 1};
    char number[MT_NUMBER_SIZE], text[MT_SITE_NOUN_SIZE];
    for (size_t i = 0; i < rows->shown; i++) {
        const struct mt_site *site = &rows->items[i].site;
        const int bytes = (int)strlen(figure_text(report, site->kind, site->bytes, number));
        const int objects = (int)strlen(figure_text(report, site->kind, site->objects, number));
        widths.bytes = bytes > widths.bytes ? bytes : widths.bytes;
        const int noun = (int)strlen(mt_site_noun(site, text));
        widths.objects = objects > widths.objects ? objects : widths.objects;
        widths.noun = noun > widths.noun ? noun : widths.noun;
    }
    return widths;
}

enum { OBJECTS_SIZE = 160 };

/* "3 blocks", "1 mapping", "3 blocks and 1 mapping". Written to `text`, which is returned. */
static const char *objects_text(const struct mt_report *report, uint64_t blocks, uint64_t mappings,
                                char text[OBJECTS_SIZE])
{
    char one[64], other[64];
    sum_text(report, blocks, "block", one);
    mt_count_text(mappings, "mapping", other);
    snprintf(text, OBJECTS_SIZE, "%s%s%s", blocks || !mappings ? one : "",
             blocks && mappings ? " and " : "", mappings ? other : "");
    return text;
}

/* What a row is called, in no more than `columns`. */
static void name_row(const struct mt_report *report, const struct mt_row *row, size_t columns,
                     char name[NAME_SIZE])
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame =
        mt_site_frame(report->trace, report->symbols, row->site.stack, &walk);
    char *label = row->group ? strdup(row->group)
                  : frame    ? mt_frame_label(walk.location, frame)
                             : NULL;
    mt_text_squeeze(label ? label : "?", columns, name, NAME_SIZE);
    mt_make_printable(name);
    free(label);
}

/* What is lost with the objects of a site: mending it gets that back too. */
static void print_held(const struct mt_paper *paper, const struct mt_site *site)
{
    char objects[64], bytes[64];
    if (site->held.objects)
        fprintf(paper->out, "    and %s (%s) that hang%s on %s\n",
                mt_count_text(site->held.objects, "object", objects),
                mt_count_text(site->held.bytes, "byte", bytes), site->held.objects == 1 ? "s" : "",
                site->objects == 1 ? "it" : "them");
}

/* Which test, or what else the program named, allocated it. */
static void print_scope(const struct mt_paper *paper, const struct mt_row *row)
{
    char scope[NAME_SIZE];
    if (!row->scope || mt_row_is_scope(row))
        return;
    mt_text_squeeze(row->scope, MT_PAPER_COLUMNS - 7, scope, sizeof scope);
    mt_make_printable(scope);
    fprintf(paper->out, "    in %s\n", scope);
}

static void print_slope(const struct mt_paper *paper, const struct mt_row *row)
{
    char rate[MT_NUMBER_SIZE], oldest[MT_NUMBER_SIZE], newest[MT_NUMBER_SIZE];
    if (row->site.growth)
        fprintf(paper->out,
                "    rises by %s per second, fit %.3f; the oldest is from %s, the newest %s\n",
                mt_size_text((uint64_t)(row->slope.bytes_per_second + 0.5), rate), row->slope.fit,
                mt_duration_text(row->site.oldest_ms, oldest),
                mt_duration_text(row->site.newest_ms, newest));
}

static void print_row(const struct mt_paper *paper, const struct mt_report *report,
                      const struct mt_row *row, const struct widths *widths,
                      const struct mt_stack_style *style)
{
    const struct mt_site *site = &row->site;
    char bytes[MT_NUMBER_SIZE], objects[MT_NUMBER_SIZE], head[128], name[NAME_SIZE];
    char noun[MT_SITE_NOUN_SIZE], share[MT_SHARE_SIZE];
    snprintf(head, sizeof head, "%*s %-5s in %*s %-*s %4s", widths->bytes,
             figure_text(report, site->kind, site->bytes, bytes),
             site->bytes == 1 ? "byte" : "bytes", widths->objects,
             figure_text(report, site->kind, site->objects, objects), widths->noun,
             mt_site_noun(site, noun), mt_view_share(report, site, share));
    const size_t used = strlen(head) + 2;
    name_row(report, row, used < 50 ? MT_PAPER_COLUMNS - used : 30, name);
    mt_paper_print(paper, MT_INK_BOLD, "%s  %s", head, name);
    if (report->has_verdicts && report->view == MT_VIEW_UNFREED)
        fprintf(paper->out, "  %s", mt_verdict_name(site->verdict));
    fputc('\n', paper->out);
    mt_view_print_row(paper, report, row);
    print_held(paper, site);
    if (!row->group)
        mt_freers_print(paper, report->trace, report->symbols, &row->freed, site->stack);
    print_slope(paper, row);
    print_scope(paper, row);
    mt_pages_print_site(paper, report, site);
    if (!row->group) {
        mt_stack_print_styled(paper, report->trace, report->symbols, site->stack, style);
        fputc('\n', paper->out);
    }
}

static void print_rows(const struct mt_paper *paper, const struct mt_report *report,
                       const struct mt_report_options *options)
{
    const struct widths widths = measure(report);
    const struct mt_stack_style style = {
        .source = mt_source_lines_create(report->trace, options->sysroot),
        .has_full_names = options->verbose,
    };
    if (report->rows.shown)
        fputc('\n', paper->out);
    for (size_t i = 0; i < report->rows.shown; i++)
        print_row(paper, report, &report->rows.items[i], &widths, &style);
    mt_withheld_print(paper, mt_source_lines_withheld(style.source));
    mt_source_lines_destroy(style.source);
    if (report->rows.shown && report->rows.items[0].group)
        fputc('\n', paper->out);
}

/* ---- sums ---- */

static void print_totals(const struct mt_paper *paper, const struct mt_report *report)
{
    const struct mt_unfreed *unfreed = &report->unfreed;
    char bytes[64], objects[OBJECTS_SIZE], given[MT_NUMBER_SIZE], freed[MT_NUMBER_SIZE],
        peak[MT_NUMBER_SIZE];
    mt_paper_print(paper, MT_INK_BOLD, "total %s in %s not freed",
                   sum_text(report, unfreed->all.bytes, "byte", bytes),
                   objects_text(report, unfreed->kinds[MT_KIND_BLOCK].objects,
                                unfreed->kinds[MT_KIND_MAPPING].objects, objects));
    fprintf(paper->out, " \xc2\xb7 %s allocated, %s freed \xc2\xb7 peak %s%s\n",
            mt_number_text(report->totals.allocations, given),
            mt_number_text(report->totals.frees, freed), mark_of(report),
            mt_size_text(report->totals.peak_bytes, peak));
}

static void print_storage(const struct mt_paper *paper, const struct mt_report *report)
{
    static const char *const names[] = {"brk heap", "arenas", "own mappings", "unknown"};
    const char *separator = "where ";
    if (report->unfreed.kinds[MT_KIND_BLOCK].objects == 0)
        return;
    for (int i = 0; i < MT_STORAGE_COUNT; i++) {
        const struct mt_count *count = &report->unfreed.storage[i];
        char bytes[64], number[MT_NUMBER_SIZE];
        if (count->objects == 0)
            continue;
        fprintf(paper->out, "%s%s %s in %s", separator, names[i],
                sum_text(report, count->bytes, "byte", bytes),
                figure_text(report, MT_KIND_BLOCK, count->objects, number));
        separator = " \xc2\xb7 ";
    }
    fputc('\n', paper->out);
}

/* What the options left out of the list. */
static void print_left_out(const struct mt_paper *paper, const struct mt_report *report)
{
    const struct mt_rows *rows = &report->rows;
    char count[64], bytes[64], objects[OBJECTS_SIZE];
    if (rows->shown < rows->count)
        fprintf(paper->out, "shown the first %s of %s (--top)\n",
                mt_number_text(rows->shown, count), mt_number_text(rows->count, objects));
    uint64_t wanted = 0;
    for (int i = 0; i < MT_VERDICT_COUNT; i++)
        wanted += report->verdicts & 1u << i ? report->unfreed.verdicts[i].objects : 0;
    if (rows->selected.objects < wanted || (wanted == 0 && !report->has_verdicts))
        fprintf(paper->out, "selected %s in %s by the options, the rest left out\n",
                sum_text(report, rows->selected.bytes, "byte", bytes),
                objects_text(report, rows->selected.objects - rows->selected_mappings,
                             rows->selected_mappings, objects));
    if (rows->suppressed.objects) {
        fprintf(paper->out, "suppressed %s in %s\n",
                sum_text(report, rows->suppressed.bytes, "byte", bytes),
                mt_count_text(rows->suppressed.objects, "object", objects));
        mt_hiding_print(report->hiding, paper->out);
    }
}

/* ---- what next ---- */

/* Whether a frame that names one of the largest sites has a line. */
static bool has_lines(const struct mt_report *report)
{
    for (size_t i = 0; i < report->rows.shown && i < 20; i++) {
        struct mt_frame_walk walk;
        const struct mt_frame *frame =
            mt_site_frame(report->trace, report->symbols, report->rows.items[i].site.stack, &walk);
        if (frame && frame->file)
            return true;
    }
    return false;
}

static void print_next(const struct mt_paper *paper, const struct mt_report *report)
{
    char command[LINE_SIZE], path[LINE_SIZE];
    mt_command_text(report->trace, command, sizeof command);
    snprintf(path, sizeof path, "%s", mt_trace_path(report->trace));
    mt_make_printable(path);
    fputs("next: ", paper->out);
    if (!has_lines(report))
        fputs("build with -g, or install its debug symbols, to see file and line\n", paper->out);
    else if (report->rows.count > 10 && !report->rows.items[0].group)
        fprintf(paper->out, "memtrace report --group-by=function %s\n", path);
    else
        fprintf(paper->out, "memtrace check%s -- %s\n",
                report->has_verdicts ? "" : " --leaks=unfreed",
                mt_text_columns(command) < 45 ? command : "PROGRAM");
}

static void print_nothing(const struct mt_report *report, FILE *out)
{
    char doubt[MT_DOUBT_BYTES], given[64], freed[MT_NUMBER_SIZE];
    if (mt_trace_doubt(report->trace, doubt))
        return;
    mt_count_text(report->totals.allocations, "allocation", given);
    if (mt_trace_is_sampled(report->trace))
        fprintf(out, "nothing unfreed in the sample: %s, %s freed\n", given,
                mt_number_text(report->totals.frees, freed));
    else
        fprintf(out, "nothing unfreed: %s, all freed\n", given);
}

void mt_report_print_text(const struct mt_report *report, const struct mt_report_options *options,
                          FILE *out)
{
    const struct mt_paper paper = mt_paper_on(out, options->color);
    print_head(&paper, report);
    mt_oom_print(&paper, report);
    if (options->system) {
        mt_system_print(&paper, report);
        return;
    }
    mt_remarks_print(&paper, report, options);
    if (report->view != MT_VIEW_UNFREED) {
        mt_view_print_head(&paper, report);
        print_rows(&paper, report, options);
        mt_symbol_notes_print(&paper, report);
        mt_view_print_end(&paper, report);
        return;
    }
    mt_misuses_print(&paper, report->trace, report->symbols, &report->told);
    if (report->unfreed.all.objects == 0) {
        print_nothing(report, out);
        return;
    }
    print_rows(&paper, report, options);
    mt_no_leaks_print(&paper, report);
    mt_symbol_notes_print(&paper, report);
    mt_verdicts_print(&paper, report);
    print_totals(&paper, report);
    print_storage(&paper, report);
    mt_pages_print_total(&paper, report);
    print_left_out(&paper, report);
    if (report->rows.shown)
        print_next(&paper, report);
}
