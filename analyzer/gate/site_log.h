/* site_log.h: the sites that count as lines of a CI log: the place first, no colours, and no more
 * of a stack than leaves room for the others on a screen. */
#ifndef MT_SITE_LOG_H
#define MT_SITE_LOG_H

#include <stdio.h>
#include "report.h"

/* Prints the sites of a report that are not known already, and what the baseline knows. */
void mt_site_log_print(const struct mt_report *report, FILE *out);

/* Prints its misuses of memory in the same way, with their stacks. */
void mt_site_log_print_errors(const struct mt_report *report, FILE *out);

#endif
