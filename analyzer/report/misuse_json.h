/* misuse_json.h: the misuses of a report as JSON. */
#ifndef MT_MISUSE_JSON_H
#define MT_MISUSE_JSON_H

#include <jansson.h>
#include "report.h"

/* What was watched for, and what of it was lost or could not be judged. */
json_t *mt_json_checks(const struct mt_report *report);

/* Writes the array of misuses, one a line; null where nothing was watched for. */
void mt_json_write_misuses(const struct mt_report *report, FILE *out);

#endif
