/* scan_pages.h: which pages of a range are worth reading: reading the others would make page tables
 * and page cache grow, and find nothing. Page states are the kernel's, of the process that asks
 * (/proc/self/pagemap; of shared memory, which a cloned child has not mapped yet, mincore's, or where
 * a filter stands before that, what its parent has mapped). */
#ifndef MT_SCAN_PAGES_H
#define MT_SCAN_PAGES_H

#include <stdint.h>
#include "scan_holes.h"

enum mt_page_choice {
    MT_PAGES_TOUCHED, /* in RAM or in swap */
    MT_PAGES_WRITTEN, /* of a private mapping of a file: no longer the file's */
    MT_PAGES_CACHED,  /* of shared memory, or of a file: in RAM */
};

struct mt_pages {
    long fd;               /* of pagemap; negative: not to be had, all pages are read */
    long parents_fd;       /* of the pagemap of the process that is searched; the same */
    uint64_t page_bytes;   /* a power of two */
    struct mt_holes holes; /* of large shared mappings; none unless looked for */
};

void mt_pages_open(struct mt_pages *pages);

/* For a child, in which `pages` are open, to ask of its parent. */
void mt_pages_open_parents(struct mt_pages *pages);

/* Calls `visit` for each stretch of [start, end) that lies on such pages. */
void mt_pages_each(const struct mt_pages *pages, uint64_t start, uint64_t end,
                   enum mt_page_choice choice,
                   void (*visit)(void *context, uint64_t start, uint64_t end), void *context);

#endif
