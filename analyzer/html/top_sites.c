/* top_sites.c: the first sites of a report as HTML, each with its stack behind a fold. */
#include <stdlib.h>
#include <string.h>
#include "frames.h"
#include "markup.h"
#include "paper.h"
#include "printable.h"
#include "site_name.h"
#include "summary.h"

enum { SHOWN_MAX = 20, FRAMES_MAX = 64, PLACE_SIZE = 512 };

/* "cache.c:18", or the module. */
static void write_place(const struct mt_location *location, const struct mt_frame *frame, FILE *out)
{
    char place[PLACE_SIZE] = "";
    if (frame->file)
        snprintf(place, sizeof place, "%s:%u", frame->file, frame->line);
    else if (location->module && frame->function)
        snprintf(place, sizeof place, "%s", mt_base_name(location->module->path));
    mt_markup_element(out, "span", "place", place);
}

static void write_label(const struct mt_location *location, const struct mt_frame *frame, FILE *out)
{
    char *label = mt_frame_label(location, frame);
    mt_markup_element(out, "code", NULL, label ? label : "?");
    free(label);
}

static void write_stack(const struct mt_report *report, uint32_t stack, FILE *out)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame;
    unsigned count = 0;
    fputs("<ol class=\"stack\">\n", out);
    mt_frames_begin(&walk, report->trace, report->symbols, stack);
    while (count++ < FRAMES_MAX && (frame = mt_frames_next(&walk)) && !mt_is_start_frame(frame)) {
        fputs("<li>", out);
        write_label(walk.location, frame, out);
        fputc(' ', out);
        write_place(walk.location, frame, out);
        fputs("</li>\n", out);
        if (mt_is_main_frame(frame))
            break;
    }
    fputs("</ol>", out);
}

static void write_name(const struct mt_report *report, const struct mt_row *row, FILE *out)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame =
        mt_site_frame(report->trace, report->symbols, row->site.stack, &walk);
    if (row->group || !frame) {
        mt_markup_element(out, "code", NULL, row->group ? row->group : "no stack");
        return;
    }
    fputs("<details><summary>", out);
    write_label(walk.location, frame, out);
    fputc(' ', out);
    write_place(walk.location, frame, out);
    fputs("</summary>", out);
    write_stack(report, row->site.stack, out);
    fputs("</details>", out);
}

static void write_row(const struct mt_report *report, const struct mt_row *row, FILE *out)
{
    const char *verdict = mt_verdict_name(row->site.verdict);
    fputs("<tr>", out);
    mt_markup_number(out, true, row->site.bytes);
    mt_markup_number(out, true, row->site.objects);
    fprintf(out, "<td><i class=\"mark %s\"></i>%s</td><td>", verdict, verdict);
    write_name(report, row, out);
    fputs("</td></tr>\n", out);
}

void mt_top_sites_write(const struct mt_report *report, FILE *out)
{
    const struct mt_rows *rows = &report->rows;
    const size_t shown = rows->shown < SHOWN_MAX ? rows->shown : SHOWN_MAX;
    char first[MT_NUMBER_SIZE], all[MT_NUMBER_SIZE];
    fputs("<section class=\"top-sites\" aria-label=\"Largest sites\">\n<h3>Largest sites</h3>\n",
          out);
    if (!shown) {
        fputs("<p class=\"aside\">nothing to list</p></section>\n", out);
        return;
    }
    if (shown < rows->count)
        fprintf(out, "<p class=\"aside\">the first %s of %s</p>\n", mt_number_text(shown, first),
                mt_number_text(rows->count, all));
    fputs("<table class=\"sites\"><thead><tr><th scope=\"col\" class=\"number\">bytes</th>"
          "<th scope=\"col\" class=\"number\">objects</th><th scope=\"col\">verdict</th>"
          "<th scope=\"col\">site</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < shown; i++)
        write_row(report, &rows->items[i], out);
    fputs("</tbody></table></section>\n", out);
}
