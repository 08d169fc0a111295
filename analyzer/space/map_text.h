/* map_text.h: what the parts of a map for people share. */
#ifndef MT_MAP_TEXT_H
#define MT_MAP_TEXT_H

#include "map.h"
#include "paper.h"

extern const char *const mt_segment_labels[MT_SEGMENT_COUNT];

/* "12.0 KiB", "-" for nothing, "?" for what is not known. Written to `text`, which is returned. */
const char *mt_map_cell_text(uint64_t bytes, bool is_known, char text[MT_NUMBER_SIZE]);

/* Whether anything is known of the states of these pages. */
bool mt_map_knows_pages(const struct mt_map *map, const struct mt_range *pages);

/* Prints the table of segments, and the kernel's sums below it. */
void mt_map_segments_print(const struct mt_paper *paper, const struct mt_map *map);

#endif
