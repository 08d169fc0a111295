/* annotations.h: what the program says of its memory for the scan: objects that are no leaks, and
 * regions whose pointers count (memtrace.h, and the same calls of LeakSanitizer). */
#ifndef MT_ANNOTATIONS_H
#define MT_ANNOTATIONS_H

#include <stddef.h>
#include <stdint.h>
#include "lock.h"

/* An object by its address, and the word or birth that its record had: another object that is given
 * the address later is not meant. */
struct mt_ignored {
    uintptr_t address;
    uint64_t record;
};

struct mt_region {
    uintptr_t start;
    size_t bytes; /* 0: not in use */
};

/* In wiped memory, so that a forked child begins anew; the lists themselves are not, for the scan
 * reads them in a clone. They only grow at their end and keep what they hold in place, so that it
 * needs no lock, in a process whose threads stand still wherever they are. */
struct mt_annotations {
    struct mt_lock lock;
    uint32_t ignored_count; /* release */
    uint32_t region_count;  /* release */
    struct mt_ignored *ignored;
    struct mt_region *regions;
};

/* Returns 1, or 0 where no live block or mapping begins at `address` or there is no room. */
int mt_annotation_ignore(const void *address);

/* Returns 1, or 0 where there is no room. */
int mt_annotation_add_region(const void *start, size_t bytes);

/* Returns 1, or 0 where no such region was added. */
int mt_annotation_remove_region(const void *start, size_t bytes);

/* For the scan. */
const struct mt_ignored *mt_annotation_ignored(uint32_t *ret_count);
const struct mt_region *mt_annotation_regions(uint32_t *ret_count);

#endif
