/* space_process.c: the address space of a running process, from three files of /proc/PID:
 *
 *   smaps     the areas: a line as in maps, then "Key: value" lines, VmFlags the last of them
 *   pagemap   the states of the pages of areas that have any (space_pages.h)
 *   status    the kernel's own sums
 *
 * The process is not stopped, so the three are of slightly different instants. */
#include "space_pages.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
    struct mt_space *space;
    struct stat trace;
    struct mt_space_pages pages;
    size_t room;
    bool has_pages; /* the area being read has pages in RAM or in swap */
};

static int no_memory(struct mt_error *error)
{
    return mt_fail(error, MT_UNREADABLE, "not enough memory");
}

/* ---- areas ---- */

/* "start-end rwxs offset major:minor inode    name". The name is ended in place. */
static bool read_line(char *line, struct mt_seen_area *ret_seen)
{
    unsigned long long start, end, offset, inode;
    unsigned major, minor;
    char protection[5];
    int name = 0;
    if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu %n", &start, &end, protection, &offset, &major,
               &minor, &inode, &name) != 7)
        return false;
    *ret_seen = (struct mt_seen_area){
        .start = start,
        .end = end,
        .file_offset = offset,
        .inode = inode,
        .device = major << 20 | minor,
        .protection = (protection[0] == 'r' ? PROT_READ : 0u) |
                      (protection[1] == 'w' ? PROT_WRITE : 0u) |
                      (protection[2] == 'x' ? PROT_EXEC : 0u),
        .flags = protection[3] == 's' ? MT_AREA_SHARED : 0u,
        .name = line + name,
    };
    return true;
}

static struct mt_space_area *add_area(struct reader *reader, const struct mt_seen_area *seen)
{
    struct mt_space *space = reader->space;
    if (space->count == reader->room) {
        const size_t room = reader->room ? 2 * reader->room : 256;
        struct mt_space_area *areas = reallocarray(space->areas, room, sizeof *areas);
        if (!areas)
            return NULL;
        space->areas = areas;
        reader->room = room;
    }
    struct mt_space_area *area = &space->areas[space->count++];
    *area = (struct mt_space_area){.seen = *seen, .is_memory = mt_space_is_memory(seen)};
    if (seen->flags & MT_AREA_SHARED && seen->inode && seen->inode == reader->trace.st_ino)
        area->seen.flags |= MT_AREA_TRACER;
    return area;
}

static bool has_flag(const char *flags, const char *flag)
{
    const char *at = strstr(flags, flag);
    return at && at[-1] == ' ';
}

/* The tracer has its memory left out of core dumps and reserves no swap for it: both together are
 * its mark, unless the program has mapped the area, which the trace knows. */
static void take_flags(struct mt_space_area *area, const char *flags)
{
    struct mt_seen_area *seen = &area->seen;
    area->is_outside |= has_flag(flags, "ht") || has_flag(flags, "pf");
    if (!seen->inode && !(seen->flags & MT_AREA_SHARED) && !seen->name[0] &&
        has_flag(flags, "dd") && has_flag(flags, "nr"))
        seen->flags |= MT_AREA_TRACER;
}

/* One line of smaps. `area` is the one that the last lines were of. */
static int take_line(struct reader *reader, char *line, struct mt_space_area **area)
{
    struct mt_seen_area seen;
    unsigned long kilobytes;
    if (islower((unsigned char)line[0]) || isdigit((unsigned char)line[0])) {
        *area = NULL;
        reader->has_pages = false;
        if (read_line(line, &seen) && strcmp(seen.name, "[vsyscall]") != 0 &&
            !(*area = add_area(reader, &seen)))
            return -1;
    } else if (*area && (sscanf(line, "Rss: %lu", &kilobytes) == 1 ||
                         sscanf(line, "Swap: %lu", &kilobytes) == 1)) {
        reader->has_pages |= kilobytes != 0;
    } else if (*area && strncmp(line, "VmFlags:", 8) == 0) {
        take_flags(*area, line);
        return reader->has_pages ? mt_space_pages_read(&reader->pages, *area) : 0;
    }
    return 0;
}

static int read_areas(struct reader *reader)
{
    struct mt_space *space = reader->space;
    struct mt_space_area *area = NULL;
    for (char *line = space->names, *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = 0;
        if (take_line(reader, line, &area))
            return -1;
    }
    const uint64_t *runs = space->runs;
    for (size_t i = 0; i < space->count; i++) {
        space->areas[i].seen.runs = runs;
        runs += space->areas[i].seen.run_count;
    }
    return 0;
}

/* ---- files ---- */

static int fail_process(uint32_t pid, struct mt_error *error)
{
    return mt_fail(error, MT_UNREADABLE,
                   errno == ENOENT || errno == ESRCH
                       ? "process %u: has ended"
                       : "process %u: its memory map cannot be read (try: as root)",
                   pid);
}

/* The whole of a file of /proc as text that the caller frees; NULL with errno. */
static char *read_text(uint32_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t room = 0;
    if (!file)
        return NULL;
    errno = 0;
    ssize_t length = getdelim(&text, &room, 0, file);
    const int reason = errno;
    fclose(file);
    if (length <= 0) { /* of a process that has ended there is nothing */
        free(text);
        errno = reason ? reason : ESRCH;
        return NULL;
    }
    return text;
}

static void read_status(struct mt_space *space, const char *text)
{
    static const char *const names[] = {
#define X(id, name, unit) name,
        MT_FIGURES(X)
#undef X
    };
    for (int i = 0; i < MT_FIGURE_COUNT; i++) {
        const size_t length = strlen(names[i]);
        const char *at = text;
        space->figures[i] = MT_FIGURE_UNKNOWN;
        while (at && (strncmp(at, names[i], length) != 0 || at[length] != ':')) {
            const char *end = strchr(at, '\n');
            at = end ? end + 1 : NULL;
        }
        if (at && i <= MT_FIGURE_VM_LOCKED)
            space->figures[i] = strtoull(at + length + 1, NULL, 10) * 1024;
    }
}

int mt_space_of_process(uint32_t pid, const char *trace_path, struct mt_space *ret_space,
                        struct mt_error *error)
{
    struct mt_space space = {.source = MT_SPACE_PROCESS};
    struct reader reader = {.space = &space};
    space.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    if (stat(trace_path, &reader.trace) != 0)
        reader.trace = (struct stat){0};
    mt_space_pages_open(&reader.pages, pid, &space);
    char *status = read_text(pid, "status");
    space.names = status ? read_text(pid, "smaps") : NULL;

    int result = MT_OK;
    if (!space.names)
        result = fail_process(pid, error);
    else if (read_areas(&reader))
        result = no_memory(error);
    if (status)
        read_status(&space, status);
    free(status);
    mt_space_pages_close(&reader.pages);
    if (result == MT_OK)
        *ret_space = space;
    else
        mt_space_finish(&space);
    return result;
}
