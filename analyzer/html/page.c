/* page.c: puts a page together: the frame, and in it for each process what can be read without a
 * script, and the data for the scripts. */
#include "page.h"

#include "data.h"
#include "markup.h"
#include "process_text.h"
#include "report.h"
#include "summary.h"

enum { TITLE_SIZE = 256 };

static void write_part(int part, FILE *out)
{
    fwrite(mt_page_parts[part].bytes, 1, mt_page_parts[part].count, out);
}

void mt_report_begin_html(const struct mt_report *first, FILE *out)
{
    char command[TITLE_SIZE];
    mt_command_text(first->trace, command, sizeof command);
    write_part(MT_PAGE_BEFORE_TITLE, out);
    mt_markup_text(out, command);
    write_part(MT_PAGE_BEFORE_PROCESSES, out);
}

void mt_report_print_html(const struct mt_report *report, const struct mt_report_options *options,
                          FILE *out)
{
    fputs("<article class=\"process\">\n", out);
    mt_summary_write(report, options, out);
    mt_top_sites_write(report, out);
    mt_data_write(report, options, out);
    fputs("</article>\n", out);
}

void mt_report_end_html(FILE *out)
{
    write_part(MT_PAGE_END, out);
}
