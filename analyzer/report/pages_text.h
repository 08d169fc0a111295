/* pages_text.h: what of the unfreed is in RAM, as the text report says it. */
#ifndef MT_PAGES_TEXT_H
#define MT_PAGES_TEXT_H

#include "paper.h"
#include "report.h"

/* A line for a site of which a page or more is not resident, or is in huge pages; else nothing. */
void mt_pages_print_site(const struct mt_paper *paper, const struct mt_report *report,
                         const struct mt_site *site);

/* The same for all that is unfreed, with the way in which it was found. */
void mt_pages_print_total(const struct mt_paper *paper, const struct mt_report *report);

#endif
