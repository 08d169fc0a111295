/* pagemap.h: the states of pages as the kernel gives them, a word for each page in
 * /proc/PID/pagemap or runs by its PAGEMAP_SCAN (Documentation/admin-guide/mm/pagemap.rst). The
 * tracer asks of itself, the reader of a process that runs. */
#ifndef MEMTRACE_PAGEMAP_H
#define MEMTRACE_PAGEMAP_H

#include <stdint.h>
#include <sys/ioctl.h>
#include "trace_snapshot.h"

/* ---- PAGEMAP_SCAN: <linux/fs.h> from Linux 6.7 on ---- */

struct mt_scan_region {
    uint64_t start, end, categories;
};

struct mt_scan_request {
    uint64_t size, flags, start, end, walk_end, regions, region_room, pages_max;
    uint64_t inverted, all_of, any_of, returned;
};
#define MT_SCAN_CALL _IOWR('f', 16, struct mt_scan_request)

enum {
    MT_SCAN_FILE = 1 << 2,
    MT_SCAN_PRESENT = 1 << 3,
    MT_SCAN_SWAPPED = 1 << 4,
    MT_SCAN_ZERO = 1 << 5,
    MT_SCAN_HUGE = 1 << 6,
    MT_SCAN_GUARD = 1 << 8, /* MADV_GUARD_INSTALL; Linux before 6.15 refuses a call that names it */
    MT_SCAN_STATES = MT_SCAN_FILE | MT_SCAN_PRESENT | MT_SCAN_SWAPPED | MT_SCAN_ZERO | MT_SCAN_HUGE,
};

/* MT_PAGE_*. A guard is none of the program's memory, though the kernel keeps its mark where a
 * swapped page has its: 0. */
static inline unsigned mt_scan_state(uint64_t categories)
{
    if (categories & MT_SCAN_GUARD)
        return 0;
    return (categories & MT_SCAN_PRESENT ? MT_PAGE_PRESENT : 0u) |
           (categories & MT_SCAN_SWAPPED ? MT_PAGE_SWAPPED : 0u) |
           (categories & MT_SCAN_FILE ? MT_PAGE_FILE : 0u) |
           (categories & MT_SCAN_ZERO ? MT_PAGE_ZERO : 0u) |
           (categories & MT_SCAN_HUGE ? MT_PAGE_HUGE : 0u);
}

/* ---- a word of pagemap ---- */

#define MT_PAGEMAP_PRESENT (UINT64_C(1) << 63)
#define MT_PAGEMAP_SWAPPED (UINT64_C(1) << 62)
#define MT_PAGEMAP_FILE (UINT64_C(1) << 61)
#define MT_PAGEMAP_GUARD (UINT64_C(1) << 58)

/* The same; huge pages and the page of zeros look like others here. */
static inline unsigned mt_pagemap_state(uint64_t word)
{
    if (word & MT_PAGEMAP_GUARD && !(word & MT_PAGEMAP_PRESENT))
        return 0;
    return (word & MT_PAGEMAP_PRESENT ? MT_PAGE_PRESENT : 0u) |
           (word & MT_PAGEMAP_SWAPPED ? MT_PAGE_SWAPPED : 0u) |
           (word & MT_PAGEMAP_FILE ? MT_PAGE_FILE : 0u);
}

#endif
