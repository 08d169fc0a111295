/* json_sites.h: the sites of a report as JSON. */
#ifndef MT_JSON_SITES_H
#define MT_JSON_SITES_H

#include "report.h"

/* Frames as they have been written before; NULL at first. */
struct mt_frame_text;
void mt_json_free_frames(struct mt_frame_text *texts); /* NULL is fine */

/* Writes the array of a stack's frames; of stack 0 an empty one. */
void mt_json_write_stack(const struct mt_report *report, uint32_t stack,
                         struct mt_frame_text **texts, FILE *out);

/* Writes the array of sites, one a line. */
void mt_json_write_sites(const struct mt_report *report, const struct mt_report_options *options,
                         FILE *out);

#endif
