/* view_text.h: what a text report says of other blocks than those that are unfreed: of the peak, or
 * of temporary ones. Nothing is printed of the view that is usual. */
#ifndef MT_VIEW_TEXT_H
#define MT_VIEW_TEXT_H

#include "paper.h"
#include "report.h"

/* What the rows are of, before them; under each; and the sums and what next after them. */
void mt_view_print_head(const struct mt_paper *paper, const struct mt_report *report);
void mt_view_print_row(const struct mt_paper *paper, const struct mt_report *report,
                       const struct mt_row *row);
void mt_view_print_end(const struct mt_paper *paper, const struct mt_report *report);

/* "86%", "<1%": a site's share of the view, of the blocks that are temporary, else of bytes.
 * Written to `text`, which is returned. */
enum { MT_SHARE_SIZE = 16 };
const char *mt_view_share(const struct mt_report *report, const struct mt_site *site,
                          char text[MT_SHARE_SIZE]);

#endif
