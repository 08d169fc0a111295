/* site_log.c: prints rows, and misuses, for people who read what a build left behind. See
 * site_log.h. */
#include "site_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "paper.h"
#include "printable.h"
#include "scan.h"
#include "site_name.h"
#include "source_path.h"
#include "stack_text.h"
#include "verdict_text.h"

enum {
    SCREEN_LINES = 50,
    FRAMES_MIN = 3, /* of a stack */
};

/* "cache.c:41", which editors and log viewers open; where no line is known the function, or the
 * module and offset. The caller frees it; NULL where memory runs out. */
static char *place_of_frame(const struct mt_frame_walk *walk, const struct mt_frame *frame)
{
    char *path = frame->line ? mt_source_path(frame) : NULL;
    char *place;
    if (!path)
        return mt_frame_label(walk->location, frame);
    if (asprintf(&place, "%s:%" PRIu32, path, frame->line) < 0)
        place = NULL;
    free(path);
    return place;
}

static char *place_of(const struct mt_report *report, const struct mt_row *row)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame =
        mt_site_frame(report->trace, report->symbols, row->site.stack, &walk);
    if (row->group || !frame)
        return strdup(row->group ? row->group : "?");
    return place_of_frame(&walk, frame);
}

static void print_row(const struct mt_report *report, const struct mt_row *row, size_t frames,
                      FILE *out)
{
    const struct mt_paper paper = mt_paper_on(out, MT_COLOR_NEVER);
    const struct mt_site *site = &row->site;
    const bool is_estimate = site->kind == MT_KIND_BLOCK && mt_trace_is_sampled(report->trace);
    const char *mark = is_estimate ? "~" : "";
    char bytes[MT_NUMBER_SIZE], objects[MT_NUMBER_SIZE], noun[MT_SITE_NOUN_SIZE], held[64];
    char *place = place_of(report, row);
    if (place)
        mt_make_printable(place);
    fprintf(out, "%s: %s%s byte%s in %s%s %s %s", place ? place : "?", mark,
            mt_number_text(site->bytes, bytes), site->bytes == 1 ? "" : "s", mark,
            mt_number_text(site->objects, objects), mt_site_noun(site, noun),
            mt_verdict_phrase(site->verdict));
    free(place);
    if (site->held.objects)
        fprintf(out, ", with %s byte%s in %s that hang on %s",
                mt_number_text(site->held.bytes, bytes), site->held.bytes == 1 ? "" : "s",
                mt_count_text(site->held.objects, "object", held),
                site->objects == 1 ? "it" : "them");
    const bool has_scope = row->scope && !mt_row_is_scope(row);
    fprintf(out, "%s%s\n", has_scope ? ", in " : "", has_scope ? row->scope : "");
    if (!row->group)
        mt_stack_print_styled(&paper, report->trace, report->symbols, site->stack,
                              &(struct mt_stack_style){.frames = frames});
}

/* What each stack may take of the screen, beside the line of its site. */
static size_t frames_of_each(const struct mt_rows *rows)
{
    size_t printed = 0;
    for (size_t i = 0; i < rows->shown; i++)
        printed += !rows->items[i].is_known;
    const size_t share = printed ? SCREEN_LINES / printed : 0;
    return share > FRAMES_MIN + 2 ? share - 2 : FRAMES_MIN;
}

void mt_site_log_print(const struct mt_report *report, FILE *out)
{
    const struct mt_rows *rows = &report->rows;
    char objects[64], bytes[64], doubt[MT_NO_VERDICTS_BYTES];
    if (rows->selected.objects > 0)
        mt_print_line(out, "memtrace: %s by process %" PRIu32 ", of %s:",
                      report->verdicts & 1u << MT_VERDICT_NONE    ? "not freed"
                      : mt_trace_scan_doubt(report->trace, doubt) ? "unclassified"
                                                                  : "lost",
                      mt_trace_header(report->trace)->pid, mt_trace_path(report->trace));
    const size_t frames = frames_of_each(rows);
    for (size_t i = 0; i < rows->shown; i++)
        if (!rows->items[i].is_known)
            print_row(report, &rows->items[i], frames, out);
    if (rows->shown < rows->count)
        fprintf(out, "and %zu more (--top)\n", rows->count - rows->shown);
    if (rows->known.objects)
        fprintf(out, "in the baseline: %s in %s\n", mt_count_text(rows->known.bytes, "byte", bytes),
                mt_count_text(rows->known.objects, "object", objects));
}

/* ---- errors ---- */

static void print_error(const struct mt_report *report, const struct mt_told_misuse *told,
                        FILE *out)
{
    const struct mt_paper paper = mt_paper_on(out, MT_COLOR_NEVER);
    struct mt_frame_walk walk;
    const struct mt_frame *frame =
        mt_misuse_frame(report->trace, report->symbols, told->misuse, &walk);
    char *place = frame ? place_of_frame(&walk, frame) : NULL;
    char times[MT_NUMBER_SIZE];
    if (place)
        mt_make_printable(place);
    fprintf(out, "%s: %s", place ? place : "?", told->summary);
    if (told->misuse->count > 1)
        fprintf(out, ", %s times", mt_number_text(told->misuse->count, times));
    fputc('\n', out);
    mt_misuse_print_stacks(&paper, report->trace, report->symbols, told->misuse);
    free(place);
}

void mt_site_log_print_errors(const struct mt_report *report, FILE *out)
{
    if (report->told.count)
        mt_print_line(out, "memtrace: errors of process %" PRIu32 ", of %s:",
                      mt_trace_header(report->trace)->pid, mt_trace_path(report->trace));
    for (size_t i = 0; i < report->told.count; i++)
        print_error(report, &report->told.items[i], out);
}
