/* data.h: the data of a process that the page's scripts draw from. */
#ifndef MT_DATA_H
#define MT_DATA_H

#include <stdio.h>
#include "report.h"
#include "stacks.h"

/* Writes a script element that holds one JSON object, which no script runs. */
void mt_data_write(const struct mt_report *report, const struct mt_report_options *options,
                   FILE *out);

/* Its parts, each some members of the object with a comma behind: the sites, as columns; what each
 * stack did in its life; the looks at the process and its surroundings, with what happened when;
 * the heap and the address space. */
void mt_data_write_sites(const struct mt_report *report, struct mt_stacks *stacks, FILE *out);
void mt_data_write_accounts(const struct mt_report *report, struct mt_stacks *stacks, FILE *out);
void mt_data_write_looks(const struct mt_report *report, FILE *out);
void mt_data_write_heaps(const struct mt_report *report, const struct mt_report_options *options,
                         struct mt_stacks *stacks, FILE *out);

#endif
