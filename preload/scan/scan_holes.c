/* scan_holes.c: see scan_holes.h. A descriptor comes from /proc/self/map_files, which takes
 * privileges, or is one that the program still has for the file. Either is opened anew: the child
 * shares the program's own, and with them their positions. */
#include "scan_holes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "line.h"
#include "scan_areas.h"
#include "sys.h"

#ifndef SEEK_DATA
#define SEEK_DATA 3
#endif

enum {
    LARGE_BYTES = 64 << 20,
    DESCRIPTORS_MAX = 1024, /* of the program's are looked at */
    FLAGS = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
};

static long open_mapped(const struct mt_area *area)
{
    struct mt_line path;
    mt_line_start(&path);
    mt_line_add(&path, "/proc/self/map_files/");
    mt_line_add_hex_digits(&path, area->start);
    mt_line_add(&path, "-");
    mt_line_add_hex_digits(&path, area->end);
    return mt_sys(SYS_openat, AT_FDCWD, path.text, FLAGS);
}

static int is_of(const struct mt_area *area, uint32_t fd)
{
    struct stat status;
    return mt_sys(SYS_newfstatat, fd, "", &status, AT_EMPTY_PATH) == 0 && S_ISREG(status.st_mode) &&
           status.st_ino == area->inode &&
           (major(status.st_dev) << 20 | minor(status.st_dev)) == area->device;
}

static long open_same(const struct mt_area *area)
{
    uint32_t fd = 0;
    struct mt_line path;
    while (fd < DESCRIPTORS_MAX && !is_of(area, fd))
        fd++;
    if (fd == DESCRIPTORS_MAX)
        return -1;
    mt_line_start(&path);
    mt_line_add(&path, "/proc/self/fd/");
    mt_line_add_number(&path, fd);
    return mt_sys(SYS_openat, AT_FDCWD, path.text, FLAGS);
}

static int add(const struct mt_area *area, const char *name, size_t bytes, void *context)
{
    struct mt_holes *holes = context;
    const unsigned tag = mt_scan_area_tag(area, name, bytes);
    if (area->end - area->start < LARGE_BYTES || !(tag & MT_AREA_READS) ||
        !(tag & MT_AREA_IS_SHARED) || !(tag & MT_AREA_OF_FILE) || tag & MT_AREA_IS_SPECIAL ||
        holes->count == MT_HOLES_MAX)
        return 0;
    long fd = open_mapped(area);
    if (fd < 0)
        fd = open_same(area);
    if (fd >= 0)
        holes->list[holes->count++] =
            (struct mt_mapped_part){area->start, area->end, area->file_offset, fd};
    return 0;
}

void mt_holes_find(struct mt_holes *ret_holes)
{
    ret_holes->count = 0;
    mt_areas_each(add, ret_holes);
}

uint64_t mt_holes_next_data(const struct mt_holes *holes, uint64_t start, uint64_t end)
{
    uint32_t i = 0;
    while (i < holes->count &&
           start - holes->list[i].start >= holes->list[i].end - holes->list[i].start)
        i++;
    if (i == holes->count)
        return start;
    const struct mt_mapped_part *part = &holes->list[i];
    const uint64_t last = end < part->end ? end : part->end;
    const long at = mt_sys(SYS_lseek, part->fd, part->offset + (start - part->start), SEEK_DATA);
    if (at == -ENXIO) /* none up to the end of the file */
        return last;
    if (at < 0 || (uint64_t)at < part->offset + (start - part->start))
        return start;
    const uint64_t found = part->start + ((uint64_t)at - part->offset);
    return found < last ? found : last;
}
