/* scan_holes.h: where large mappings of files and of shared memory have data. What is in RAM can be
 * asked for page by page only, which takes 7 s for 256 GiB that nobody has written, but a file
 * system knows its holes: it is asked by a descriptor of the same file, where one can be had. */
#ifndef MT_SCAN_HOLES_H
#define MT_SCAN_HOLES_H

#include <stdint.h>

enum { MT_HOLES_MAX = 64 };

struct mt_holes {
    struct mt_mapped_part {
        uint64_t start, end, offset;
        long fd;
    } list[MT_HOLES_MAX];
    uint32_t count;
};

/* In the child: the descriptors stay open. */
void mt_holes_find(struct mt_holes *ret_holes);

/* The first address of [start, end) that may have data, or `end`. */
uint64_t mt_holes_next_data(const struct mt_holes *holes, uint64_t start, uint64_t end);

#endif
