/* timeline_json.h: how a process went on, for programs. */
#ifndef MT_TIMELINE_JSON_H
#define MT_TIMELINE_JSON_H

#include <jansson.h>
#include "report.h"

/* What lived and what was called at each look: lists of the same length; null where there was none.
 * The caller owns it. */
json_t *mt_json_timeline(const struct mt_system *system);

/* What each of the largest sites held as time went on; null where nobody watched. */
json_t *mt_json_curves(const struct mt_report *report);

/* When most was alive, and how much; null where it was not kept. */
json_t *mt_json_peak(const struct mt_report *report);

#endif
