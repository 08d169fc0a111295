/* view_text.c: the blocks of the peak, and those that were temporary, in words: what a view is of,
 * how much that is of all that was allocated, and what to do next. */
#include "view_text.h"

#include <inttypes.h>
#include <string.h>
#include "accounts.h"
#include "printable.h"

enum { PATH_SIZE = 4096 };

static const char *percent_text(uint64_t part, uint64_t whole, char text[MT_SHARE_SIZE])
{
    const double percent = whole ? 100.0 * (double)part / (double)whole : 0;
    if (part > 0 && percent < 1)
        return memcpy(text, "<1%", sizeof "<1%");
    /* A damaged trace may have more in a part than in the whole. */
    snprintf(text, MT_SHARE_SIZE, "%d%%", percent < 1000 ? (int)(percent + 0.5) : 1000);
    return text;
}

const char *mt_view_share(const struct mt_report *report, const struct mt_site *site,
                          char text[MT_SHARE_SIZE])
{
    if (report->view == MT_VIEW_TEMPORARY)
        return percent_text(site->objects, report->view_sum.objects, text);
    return percent_text(site->bytes, report->view_sum.bytes, text);
}

static void print_peak(const struct mt_paper *paper, const struct mt_report *report)
{
    char after[MT_NUMBER_SIZE], bytes[64], blocks[64];
    uint64_t peak_ms, kept_bytes;
    if (!mt_trace_peak(report->trace, &peak_ms, &kept_bytes)) {
        fputs("at the peak: nothing was allocated\n", paper->out);
        return;
    }
    fprintf(paper->out, "at the peak, %s after the start: %s in %s\n",
            mt_duration_text(peak_ms, after), mt_count_text(report->view_sum.bytes, "byte", bytes),
            mt_count_text(report->view_sum.objects, "block", blocks));
}

void mt_view_print_head(const struct mt_paper *paper, const struct mt_report *report)
{
    char blocks[64], share[MT_SHARE_SIZE];
    if (report->view == MT_VIEW_PEAK)
        print_peak(paper, report);
    else
        fprintf(paper->out, "temporary: %s, %s of all, freed before anything else was allocated\n",
                mt_count_text(report->view_sum.objects, "block", blocks),
                percent_text(report->view_sum.objects, report->totals.allocations, share));
}

/* How many of a site's blocks were temporary; those of the peak that are still there. */
void mt_view_print_row(const struct mt_paper *paper, const struct mt_report *report,
                       const struct mt_row *row)
{
    char count[64], share[MT_SHARE_SIZE], bytes[64];
    const struct mt_account_sum *account = &row->account;
    if (report->view == MT_VIEW_TEMPORARY)
        fprintf(paper->out, "    %s of its %s\n",
                percent_text(account->temporary, account->allocations, share),
                mt_count_text(account->allocations, "allocation", count));
    else if (report->view == MT_VIEW_PEAK && account->allocations > row->site.objects)
        fprintf(paper->out, "    of its %s, %s in all\n",
                mt_count_text(account->allocations, "allocation", count),
                mt_size_text(account->allocated_bytes, bytes));
}

static void print_next(const struct mt_paper *paper, const struct mt_report *report)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s", mt_trace_path(report->trace));
    mt_make_printable(path);
    const char *view = report->view == MT_VIEW_PEAK ? "--at=peak" : "--temporary";
    if (report->rows.count > 10 && !report->rows.items[0].group)
        fprintf(paper->out, "next: memtrace report %s --group-by=function %s\n", view, path);
    else
        fprintf(paper->out, "next: memtrace report %s\n", path);
}

void mt_view_print_end(const struct mt_paper *paper, const struct mt_report *report)
{
    char given[MT_NUMBER_SIZE], freed[MT_NUMBER_SIZE], peak[MT_NUMBER_SIZE], bytes[MT_NUMBER_SIZE];
    char shown[MT_NUMBER_SIZE], count[MT_NUMBER_SIZE];
    if (report->rows.shown < report->rows.count)
        fprintf(paper->out, "shown the first %s of %s (--top)\n",
                mt_number_text(report->rows.shown, shown),
                mt_number_text(report->rows.count, count));
    mt_paper_print(paper, MT_INK_BOLD, "total %s allocated",
                   mt_size_text(report->totals.allocated_bytes, bytes));
    fprintf(paper->out, " in %s, %s freed \xc2\xb7 peak %s\n",
            mt_number_text(report->totals.allocations, given),
            mt_number_text(report->totals.frees, freed),
            mt_size_text(report->totals.peak_bytes, peak));
    if (report->rows.shown)
        print_next(paper, report);
}
