/* space_process.c: the address space of a running process, from three files of /proc/PID:
 *
 *   smaps     the areas: a line as in maps, then "Key: value" lines, VmFlags the last of them
 *   pagemap   the states of the pages of areas that have any
 *   status    the kernel's own sums
 *
 * The process is not stopped, so the three are of slightly different instants. The states come from
 * PAGEMAP_SCAN (Linux 6.7), which jumps over what is not there, else from a word per page. */
#include "space.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* <linux/fs.h> from Linux 6.7 on. */
struct page_region {
    uint64_t start, end, categories;
};

struct scan_argument {
    uint64_t size, flags, start, end, walk_end, vector, vector_length, max_pages;
    uint64_t inverted, all_of, any_of, wanted;
};

enum {
    IS_FILE = 1 << 2,
    IS_PRESENT = 1 << 3,
    IS_SWAPPED = 1 << 4,
    IS_ZERO = 1 << 5,
    IS_HUGE = 1 << 6,
    IS_GUARD = 1 << 8, /* MADV_GUARD_INSTALL, Linux 6.15: without it the kernel knows no such */
    REGIONS = 1024,
    WORDS = 8192,
};
#define SCAN_REQUEST _IOWR('f', 16, struct scan_argument)

struct reader {
    struct mt_space *space;
    struct stat trace;
    int pagemap;        /* descriptor, or -1 */
    bool has_no_guards; /* the kernel cannot say what is a guard */
    size_t room, run_count, run_room;
    bool has_pages; /* the area being read has pages in RAM or in swap */
};

static int no_memory(struct mt_error *error)
{
    return mt_fail(error, MT_UNREADABLE, "not enough memory");
}

/* ---- pages ---- */

static int add_run(struct reader *reader, struct mt_seen_area *seen, uint64_t start, uint64_t end,
                   unsigned state)
{
    struct mt_space *space = reader->space;
    const uint64_t first = (start - seen->start) / space->page_bytes;
    const uint64_t count = (end - start) / space->page_bytes;
    if (seen->run_count) {
        uint64_t *last = &space->runs[reader->run_count - 1];
        if (mt_pages_state(*last) == state &&
            mt_pages_first(*last) + mt_pages_count(*last) == first) {
            *last = mt_pages_encode(mt_pages_first(*last), mt_pages_count(*last) + count, state);
            return 0;
        }
    }
    if (reader->run_count == reader->run_room) {
        const size_t room = reader->run_room ? 2 * reader->run_room : 1024;
        uint64_t *runs = reallocarray(space->runs, room, sizeof *runs);
        if (!runs)
            return -1;
        space->runs = runs;
        reader->run_room = room;
    }
    space->runs[reader->run_count++] = mt_pages_encode(first, count, state);
    seen->run_count++;
    return 0;
}

/* A guard is none of the program's memory, though the kernel keeps its mark where a swapped page
 * has its. */
static unsigned state_of_region(uint64_t is)
{
    if (is & IS_GUARD)
        return 0;
    return (is & IS_PRESENT ? MT_PAGE_PRESENT : 0u) | (is & IS_SWAPPED ? MT_PAGE_SWAPPED : 0u) |
           (is & IS_FILE ? MT_PAGE_FILE : 0u) | (is & IS_ZERO ? MT_PAGE_ZERO : 0u) |
           (is & IS_HUGE ? MT_PAGE_HUGE : 0u);
}

static unsigned state_of_word(uint64_t word)
{
    if (!(word >> 63) && word >> 58 & 1)
        return 0;
    return (word >> 63 ? MT_PAGE_PRESENT : 0u) | (word >> 62 & 1 ? MT_PAGE_SWAPPED : 0u) |
           (word >> 61 & 1 ? MT_PAGE_FILE : 0u);
}

/* Returns 1 where the kernel has no such call, -1 without memory. */
static int scan_area(struct reader *reader, struct mt_seen_area *seen)
{
    static struct page_region regions[REGIONS];
    struct scan_argument argument = {
        .size = sizeof argument,
        .end = seen->end,
        .vector = (uintptr_t)regions,
        .vector_length = REGIONS,
        .any_of = IS_PRESENT | IS_SWAPPED,
        .wanted = IS_PRESENT | IS_SWAPPED | IS_FILE | IS_ZERO | IS_HUGE |
                  (reader->has_no_guards ? 0 : IS_GUARD),
    };
    for (uint64_t at = seen->start; at < seen->end; at = argument.walk_end) {
        argument.start = at;
        const int count = ioctl(reader->pagemap, SCAN_REQUEST, &argument);
        if (count < 0 && at == seen->start) {
            if (reader->has_no_guards)
                return 1;
            reader->has_no_guards = true;
            return scan_area(reader, seen);
        }
        for (int i = 0; i < count; i++) {
            const unsigned state = state_of_region(regions[i].categories);
            if (state && add_run(reader, seen, regions[i].start, regions[i].end, state))
                return -1;
        }
        if (count < 0 || argument.walk_end <= at)
            break;
    }
    return 0;
}

/* A word of pagemap: bit 63 in RAM, 62 in swap, 61 of a file or of shared memory, 58 a guard. */
static int read_words(struct reader *reader, struct mt_seen_area *seen)
{
    static uint64_t words[WORDS];
    const uint64_t page = reader->space->page_bytes;
    for (uint64_t at = seen->start; at < seen->end;) {
        const uint64_t left = (seen->end - at) / page;
        const size_t wanted = (left < WORDS ? left : WORDS) * sizeof *words;
        const ssize_t got = pread(reader->pagemap, words, wanted, (off_t)(at / page * 8));
        if (got < (ssize_t)sizeof *words)
            return 0; /* it has been unmapped meanwhile */
        for (size_t i = 0; i < (size_t)got / sizeof *words; i++, at += page) {
            const unsigned state = state_of_word(words[i]);
            if (state & (MT_PAGE_PRESENT | MT_PAGE_SWAPPED) &&
                add_run(reader, seen, at, at + page, state))
                return -1;
        }
    }
    return 0;
}

static int read_pages(struct reader *reader, struct mt_space_area *area)
{
    struct mt_space *space = reader->space;
    if (!reader->has_pages)
        return 0;
    if (reader->pagemap < 0) {
        area->is_unseen = true;
        return 0;
    }
    if (space->residency != MT_RESIDENCY_PAGEMAP) {
        const int result = scan_area(reader, &area->seen);
        if (result <= 0)
            return result;
        space->residency = MT_RESIDENCY_PAGEMAP;
    }
    return read_words(reader, &area->seen);
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
        return read_pages(reader, *area);
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
    char path[64];
    struct mt_space space = {.source = MT_SPACE_PROCESS, .residency = MT_RESIDENCY_SCAN};
    struct reader reader = {.space = &space};
    space.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    if (stat(trace_path, &reader.trace) != 0)
        reader.trace = (struct stat){0};
    snprintf(path, sizeof path, "/proc/%u/pagemap", pid);
    reader.pagemap = open(path, O_RDONLY | O_CLOEXEC);
    char *status = read_text(pid, "status");
    space.names = status ? read_text(pid, "smaps") : NULL;
    if (reader.pagemap < 0)
        space.residency = MT_RESIDENCY_NONE;

    int result = MT_OK;
    if (!space.names)
        result = fail_process(pid, error);
    else if (read_areas(&reader))
        result = no_memory(error);
    if (status)
        read_status(&space, status);
    free(status);
    if (reader.pagemap >= 0)
        close(reader.pagemap);
    if (result == MT_OK)
        *ret_space = space;
    else
        mt_space_finish(&space);
    return result;
}
