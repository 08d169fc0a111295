/* pages_text.c: what is resident, swapped and never touched beside the virtual size, in words:
 *
 *     33,554,432 bytes resident, 33,554,432 never touched */
#include "pages_text.h"

enum { PAGES_SIZE = 256 };

struct line {
    char text[PAGES_SIZE];
    size_t length;
};

static void add(struct line *line, const char *mark, uint64_t bytes, const char *what)
{
    char number[MT_NUMBER_SIZE];
    const int added = snprintf(line->text + line->length, PAGES_SIZE - line->length, "%s%s%s %s",
                               line->length ? ", " : "", mark, mt_number_text(bytes, number), what);
    line->length += added > 0 ? (size_t)added : 0;
}

/* Nothing where all is as large as it looks. */
static struct line describe(const struct mt_report *report, const struct mt_pages *pages,
                            uint64_t bytes, const char *mark)
{
    struct line line = {.length = 0};
    const struct mt_pages_known *known = &report->pages_known;
    const uint64_t page = mt_trace_snapshot(report->trace, MT_NEWEST)->head.page_bytes;
    if (!mt_pages_are_seen(pages, bytes) || (pages->resident + page > bytes && !pages->huge))
        return line;
    add(&line, mark, pages->resident, pages->resident == 1 ? "byte resident" : "bytes resident");
    if (known->has_swapped && pages->swapped)
        add(&line, mark, pages->swapped, "swapped");
    if (known->has_swapped && pages->never_touched)
        add(&line, mark, pages->never_touched, "never touched");
    if (pages->unseen)
        add(&line, mark, pages->unseen, "not looked at");
    if (known->has_huge && pages->huge)
        add(&line, mark, pages->huge, "in huge pages");
    return line;
}

void mt_pages_print_site(const struct mt_paper *paper, const struct mt_report *report,
                         const struct mt_site *site)
{
    if (!report->pages_known.method)
        return;
    const bool is_estimate = site->kind == MT_KIND_BLOCK && mt_trace_is_sampled(report->trace);
    const struct line line = describe(report, &site->pages, site->bytes, is_estimate ? "~" : "");
    if (line.length)
        fprintf(paper->out, "    %s\n", line.text);
}

void mt_pages_print_total(const struct mt_paper *paper, const struct mt_report *report)
{
    if (!report->pages_known.method)
        return;
    const struct line line = describe(report, &report->unfreed.pages, report->unfreed.all.bytes,
                                      mt_trace_is_sampled(report->trace) ? "~" : "");
    if (line.length)
        fprintf(paper->out, "%s (by %s)\n", line.text, report->pages_known.method);
}
