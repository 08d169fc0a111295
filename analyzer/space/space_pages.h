/* space_pages.h: which pages of a running process are in RAM, in swap, or of what kind, by its
 * /proc/PID/pagemap. Used by space_process.c. */
#ifndef MT_SPACE_PAGES_H
#define MT_SPACE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "space.h"

struct mt_space_pages {
    struct mt_space *space;
    int pagemap;        /* descriptor, or -1 */
    bool has_no_guards; /* the kernel cannot say what is a guard */
    size_t run_count, run_room;
};

/* Sets how the space knows of residency: not at all where the file cannot be opened. */
void mt_space_pages_open(struct mt_space_pages *pages, uint32_t pid, struct mt_space *space);

/* Adds the runs of an area's pages to those of the space, and to the area's count of them; an area
 * that cannot be seen is marked so. Returns -1 without memory. */
int mt_space_pages_read(struct mt_space_pages *pages, struct mt_space_area *area);

void mt_space_pages_close(struct mt_space_pages *pages);

#endif
