/* areas.h: the address space of this process, as /proc/self/maps lists it. */
#ifndef MT_AREAS_H
#define MT_AREAS_H

#include <stddef.h>
#include "memtrace/trace_snapshot.h"

/* Calls `visit` for each area, ascending; none overlaps the one before it, though the program may
 * map and unmap meanwhile. `name` is not NUL-ended and, like `area`, good until `visit` returns; it
 * is as the kernel writes it (a newline in it as \012), "" where the area has none. Of
 * MT_AREA_* only SHARED is set. A `visit` that returns nonzero ends the walk.
 *
 * Returns 1 when the list was read to its end; 0 when there is none (no /proc, no descriptor, no
 * permission), when it broke off, or `visit` ended it. Takes no memory, 5 KiB of stack, and one
 * descriptor while it runs. */
int mt_areas_each(int (*visit)(const struct mt_area *area, const char *name, size_t name_bytes,
                               void *context),
                  void *context);

/* The same of those areas alone that a forked process does not get, or gets empty (MADV_DONTFORK,
 * MADV_WIPEONFORK), by /proc/self/smaps: the kernel looks at each page of the process for that
 * list, 15 ms for each GiB. Of a name the first MT_AREA_NAME_BEGINNING bytes. */
enum { MT_AREA_NAME_BEGINNING = 16 };
int mt_areas_each_withheld(int (*visit)(const struct mt_area *area, const char *name,
                                        size_t name_bytes, void *context),
                           void *context);

#endif
