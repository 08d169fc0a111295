/* areas.c: from the text of /proc/self/maps to one struct mt_area per line (proc(5)):
 *
 *   7f3c8a000000-7f3c8a021000 rw-p 00000000 fe:00 247134                     /usr/lib/libc.so.6
 *   start        end          prot file offset device inode                 name
 *
 * The text comes in pieces of about a page, which may end anywhere within a line: what is left of a
 * line is moved to the front of the buffer and the next piece read behind it. A line longer than
 * the buffer loses the end of its name.
 *
 * In /proc/self/smaps such a line is followed by what else is known of the area, one word and colon
 * to a line, the last of them
 *
 *   VmFlags: rd wr mr mw me dc sd */
#include "areas.h"

#include <fcntl.h>
#include <sys/mman.h>
#include "sys.h"

enum { BUFFER_BYTES = 4608 }; /* a path of PATH_MAX and the fields before it */

/* ---- one line ---- */

struct cursor {
    const char *at, *end;
};

static void skip(struct cursor *line, char c)
{
    while (line->at < line->end && *line->at == c)
        line->at++;
}

static uint64_t number(struct cursor *line, unsigned base)
{
    uint64_t value = 0;
    for (; line->at < line->end; line->at++) {
        const char c = *line->at;
        const unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                               : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                      : 16;
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    return value;
}

static void read_protection(struct cursor *line, struct mt_area *area)
{
    for (; line->at < line->end && *line->at != ' '; line->at++) {
        switch (*line->at) {
        case 'r':
            area->protection |= PROT_READ;
            break;
        case 'w':
            area->protection |= PROT_WRITE;
            break;
        case 'x':
            area->protection |= PROT_EXEC;
            break;
        case 's':
            area->flags |= MT_AREA_SHARED;
            break;
        }
    }
}

/* Returns what is left of the line: the name. */
static struct cursor read_line(const char *text, size_t bytes, struct mt_area *area)
{
    struct cursor line = {text, text + bytes};
    *area = (struct mt_area){.start = number(&line, 16)};
    skip(&line, '-');
    area->end = number(&line, 16);
    skip(&line, ' ');
    read_protection(&line, area);
    skip(&line, ' ');
    area->file_offset = number(&line, 16);
    skip(&line, ' ');
    area->device = (uint32_t)number(&line, 16) << 20;
    skip(&line, ':');
    area->device |= (uint32_t)number(&line, 16);
    skip(&line, ' ');
    area->inode = number(&line, 10);
    skip(&line, ' ');
    return line;
}

/* ---- the list ---- */

struct walk {
    int (*visit)(const struct mt_area *, const char *, size_t, void *);
    void *context;
    uint64_t last_end; /* of the areas visited */

    int is_detailed;     /* smaps */
    struct mt_area area; /* then: whose details are being read */
    char name[MT_AREA_NAME_BEGINNING];
    size_t name_bytes;
};

/* Whether a line of flags has this one, which begins with a space. */
static int has_flag(const char *text, size_t bytes, const char *flag)
{
    for (size_t i = 0; i + 2 < bytes; i++)
        if (text[i] == flag[0] && text[i + 1] == flag[1] && text[i + 2] == flag[2])
            return 1;
    return 0;
}

static int visit_detail(struct walk *walk, const char *text, size_t bytes)
{
    if (text[0] != 'V' || !(has_flag(text, bytes, " dc") || has_flag(text, bytes, " wf")))
        return 0;
    return walk->visit(&walk->area, walk->name, walk->name_bytes, walk->context);
}

static int take_area(struct walk *walk, const struct mt_area *area, const char *name, size_t bytes)
{
    if (!walk->is_detailed)
        return walk->visit(area, name, bytes, walk->context);
    walk->area = *area;
    walk->name_bytes = bytes < sizeof walk->name ? bytes : sizeof walk->name;
    for (size_t i = 0; i < walk->name_bytes; i++)
        walk->name[i] = name[i];
    return 0;
}

/* A mapping that grew or was replaced between two readings is told of twice: what was told
 * stands. */
static int visit_line(struct walk *walk, const char *text, size_t bytes)
{
    struct mt_area area;
    if (walk->is_detailed && bytes && text[0] >= 'A' && text[0] <= 'Z')
        return visit_detail(walk, text, bytes);
    const struct cursor name = read_line(text, bytes, &area);
    if (area.start < walk->last_end) {
        area.file_offset += area.inode ? walk->last_end - area.start : 0;
        area.start = walk->last_end;
    }
    if (area.start >= area.end)
        return 0;
    walk->last_end = area.end;
    return take_area(walk, &area, name.at, (size_t)(name.end - name.at));
}

static size_t line_length(const char *text, size_t bytes)
{
    size_t length = 0;
    while (length < bytes && text[length] != '\n')
        length++;
    return length;
}

/* Visits the whole lines of `text` and returns how many bytes they take; -1: `visit` said enough.
 */
static long visit_lines(struct walk *walk, const char *text, size_t bytes)
{
    size_t at = 0, length;
    while ((length = line_length(text + at, bytes - at)) < bytes - at) {
        if (visit_line(walk, text + at, length))
            return -1;
        at += length + 1;
    }
    return (long)at;
}

static long read_piece(long fd, char *to, size_t room)
{
    long got;
    do
        got = mt_sys(SYS_read, fd, to, room);
    while (got == -4 /* EINTR */);
    return got;
}

static int walk_file(struct walk *walk, long fd)
{
    char text[BUFFER_BYTES];
    size_t length = 0;   /* of the unfinished line in `text` */
    int is_skipping = 0; /* the end of a line that was too long, up to its newline */
    long got;
    while ((got = read_piece(fd, text + length, sizeof text - length)) > 0) {
        length += (size_t)got;
        size_t from = 0;
        if (is_skipping) {
            from = line_length(text, length);
            is_skipping = from == length;
            from += !is_skipping;
        }
        const long used = visit_lines(walk, text + from, length - from);
        if (used < 0)
            return 0;
        from += (size_t)used;
        length -= from;
        for (size_t i = 0; i < length; i++)
            text[i] = text[from + i];
        if (length == sizeof text) {
            if (visit_line(walk, text, length))
                return 0;
            length = 0;
            is_skipping = 1;
        }
    }
    return got == 0 && walk->last_end != 0;
}

static int walk_list(struct walk *walk, const char *path)
{
    const long fd = mt_sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const int is_whole = walk_file(walk, fd);
    mt_sys(SYS_close, fd);
    return is_whole;
}

int mt_areas_each(int (*visit)(const struct mt_area *area, const char *name, size_t name_bytes,
                               void *context),
                  void *context)
{
    struct walk walk = {.visit = visit, .context = context};
    return walk_list(&walk, "/proc/self/maps");
}

int mt_areas_each_withheld(int (*visit)(const struct mt_area *area, const char *name,
                                        size_t name_bytes, void *context),
                           void *context)
{
    struct walk walk = {.visit = visit, .context = context, .is_detailed = 1};
    return walk_list(&walk, "/proc/self/smaps");
}
