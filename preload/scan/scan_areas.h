/* scan_areas.h: the address space of the process that asks, as a sorted array. */
#ifndef MT_SCAN_AREAS_H
#define MT_SCAN_AREAS_H

#include "areas.h"
#include "ranges.h"
#include "scan_heuristics.h"

/* Beside MT_AREA_READS to MT_AREA_OF_FILE, in an area's tag. */
enum {
    MT_AREA_IS_SHARED = 16,
    MT_AREA_IS_HEAP = 32,    /* the main heap, moved by brk */
    MT_AREA_IS_STACK = 64,   /* the first thread's stack */
    MT_AREA_IS_SPECIAL = 128 /* the kernel's, or a device's: not to be read */
};

/* Of an area as areas.h tells it. The beginning of its name is enough. */
unsigned mt_scan_area_tag(const struct mt_area *area, const char *name, size_t bytes);

/* Returns 0 where the list cannot be read or there is no memory. */
int mt_scan_areas_read(struct mt_ranges *ret_areas);

#endif
