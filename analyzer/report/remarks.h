/* remarks.h: what cannot be relied on in a report, said in lines of text. */
#ifndef MT_REMARKS_H
#define MT_REMARKS_H

#include "paper.h"
#include "report.h"

/* Doubt, limits, losses, and options that could not be followed. */
void mt_remarks_print(const struct mt_paper *paper, const struct mt_report *report,
                      const struct mt_report_options *options);

/* Files whose names could not be used: known once the frames of the report have been printed. */
void mt_symbol_notes_print(const struct mt_paper *paper, const struct mt_report *report);

/* Source files that were not quoted, where there are some: known once all lines have been printed.
 */
void mt_withheld_print(const struct mt_paper *paper, size_t files);

#endif
