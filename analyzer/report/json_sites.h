/* json_sites.h: the sites of a report as JSON. */
#ifndef MT_JSON_SITES_H
#define MT_JSON_SITES_H

#include "report.h"

/* Writes the array of sites, one a line. */
void mt_json_write_sites(const struct mt_report *report, const struct mt_report_options *options,
                         FILE *out);

#endif
