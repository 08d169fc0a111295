/* scan_areas.c: turns lines of /proc/self/maps into ranges with a tag. */
#include "scan_areas.h"

#include <string.h>
#include <sys/mman.h>

enum { AREAS_MAX = 1 << 18 };

static int begins(const char *name, size_t bytes, const char *with)
{
    const size_t length = strlen(with);
    return bytes >= length && memcmp(name, with, length) == 0;
}

/* Reading a device may act on it, or wait for ever. */
static int is_device(const char *name, size_t bytes)
{
    return (begins(name, bytes, "/dev/") && !begins(name, bytes, "/dev/shm/") &&
            !begins(name, bytes, "/dev/zero") && !begins(name, bytes, "/dev/hugepages/")) ||
           begins(name, bytes, "anon_inode:") || begins(name, bytes, "/anon_inode:");
}

unsigned mt_scan_area_tag(const struct mt_area *area, const char *name, size_t bytes)
{
    unsigned tag = (area->protection & PROT_READ ? MT_AREA_READS : 0) |
                   (area->protection & PROT_WRITE ? MT_AREA_WRITES : 0) |
                   (area->protection & PROT_EXEC ? MT_AREA_RUNS : 0) |
                   (area->inode ? MT_AREA_OF_FILE : 0) |
                   (area->flags & MT_AREA_SHARED ? MT_AREA_IS_SHARED : 0);
    if (begins(name, bytes, "[heap]"))
        tag |= MT_AREA_IS_HEAP;
    else if (begins(name, bytes, "[stack"))
        tag |= MT_AREA_IS_STACK;
    else if ((bytes && *name == '[' && !begins(name, bytes, "[anon")) || is_device(name, bytes))
        tag |= MT_AREA_IS_SPECIAL;
    return tag;
}

static int add(const struct mt_area *area, const char *name, size_t bytes, void *context)
{
    mt_ranges_add(context, area->start, area->end, mt_scan_area_tag(area, name, bytes));
    return 0;
}

int mt_scan_areas_read(struct mt_ranges *ret_areas)
{
    return mt_ranges_start(ret_areas, AREAS_MAX) && mt_areas_each(add, ret_areas) &&
           ret_areas->count < AREAS_MAX;
}
