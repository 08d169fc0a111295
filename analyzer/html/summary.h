/* summary.h: what the page says of a process without any script. */
#ifndef MT_SUMMARY_H
#define MT_SUMMARY_H

#include <stdio.h>
#include "report.h"

/* The head of a process: its command, its end, what cannot be relied on, the sums as figures and
 * tables. */
void mt_summary_write(const struct mt_report *report, const struct mt_report_options *options,
                      FILE *out);

/* The first sites with their stacks; the scripts put the whole table in their place. */
void mt_top_sites_write(const struct mt_report *report, FILE *out);

#endif
