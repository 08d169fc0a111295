/* system_json.h: the member `system` of a JSON report. */
#ifndef MT_SYSTEM_JSON_H
#define MT_SYSTEM_JSON_H

#include "json_values.h"
#include "system.h"

/* null where the trace has no look. */
json_t *mt_json_system(const struct mt_system *system);

/* The member `process.oom`: null where nothing speaks for it. */
json_t *mt_json_oom(const struct mt_report *report);

#endif
