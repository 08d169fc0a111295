/* suppressions_parse.c: reads suppressions, line by line. Of suppressions.h. A line that is neither
 * format's is an error: a pattern that is silently not there hides nothing, and nobody knows why.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "suppressions.h"

enum {
    FILE_BYTES_MAX = 64 << 20,
    ALL_VERDICTS = ~0u,
};

struct reader {
    struct mt_suppressions *list;
    const char *file;
    const char *rest; /* text that is not read yet */
    unsigned number;  /* of the line last read */
    char *line;       /* without blanks around it; owned */
    struct mt_error *error;
};

static int fail(const struct reader *reader, const char *expected)
{
    return mt_fail(reader->error, MT_USAGE, "%s:%u: \"%.60s\": %s", reader->file, reader->number,
                   reader->line ? reader->line : "end of file", expected);
}

/* The next line that says something; false at the end. Lines that begin with # are comments. */
static bool next_line(struct reader *reader)
{
    free(reader->line);
    reader->line = NULL;
    while (*reader->rest) {
        const size_t length = strcspn(reader->rest, "\n");
        const char *from = reader->rest, *to = from + length;
        reader->rest = *to ? to + 1 : to;
        reader->number++;
        while (from < to && isspace((unsigned char)*from))
            from++;
        while (from < to && isspace((unsigned char)to[-1]))
            to--;
        if (from == to || *from == '#')
            continue;
        reader->line = strndup(from, (size_t)(to - from));
        return reader->line != NULL;
    }
    return false;
}

/* What follows `prefix` in the line, without blanks; NULL where it begins otherwise. */
static const char *after(const char *line, const char *prefix)
{
    const size_t length = strlen(prefix);
    if (strncmp(line, prefix, length) != 0)
        return NULL;
    line += length;
    while (isspace((unsigned char)*line))
        line++;
    return line;
}

static struct mt_suppression *add_item(struct reader *reader)
{
    struct mt_suppressions *list = reader->list;
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 16;
        struct mt_suppression *items = reallocarray(list->items, room, sizeof *items);
        if (!items)
            return NULL;
        list->items = items;
        list->room = room;
    }
    struct mt_suppression *item = &list->items[list->count++];
    *item = (struct mt_suppression){
        .file = reader->file,
        .line = reader->number,
        .verdicts = ALL_VERDICTS,
        .name = strdup(reader->line),
    };
    return item;
}

/* ---- Valgrind's blocks ---- */

/* "definite,possible": the verdicts they name; 0 for an unknown name. */
static unsigned parse_kinds(const char *text)
{
    static const struct {
        const char *name;
        unsigned verdicts;
    } kinds[] = {
        {"definite", 1u << MT_VERDICT_DEFINITE | 1u << MT_VERDICT_SUSPECT},
        {"indirect", 1u << MT_VERDICT_INDIRECT | 1u << MT_VERDICT_SUSPECT},
        {"possible", 1u << MT_VERDICT_POSSIBLE},
        {"reachable", 1u << MT_VERDICT_REACHABLE},
        {"all", ALL_VERDICTS},
    };
    unsigned verdicts = 0;
    for (;;) {
        const size_t length = strcspn(text, ",");
        size_t i = 0;
        while (i < sizeof kinds / sizeof *kinds &&
               (strlen(kinds[i].name) != length || strncmp(kinds[i].name, text, length) != 0))
            i++;
        if (i == sizeof kinds / sizeof *kinds)
            return 0;
        verdicts |= kinds[i].verdicts;
        if (!text[length])
            return verdicts;
        text += length + 1;
    }
}

static int parse_frame(struct reader *reader, struct mt_suppression *item)
{
    static const struct {
        const char *prefix;
        enum mt_pattern_kind kind;
    } kinds[] = {
        {"fun:", MT_PATTERN_FUNCTION},
        {"obj:", MT_PATTERN_OBJECT},
        {"src:", MT_PATTERN_SOURCE},
    };
    if (item->frame_count == MT_SUPPRESSION_FRAMES_MAX)
        return fail(reader, "at most 24 frames can be matched (use ...)");
    struct mt_frame_pattern *frame = &item->frames[item->frame_count];
    if (strcmp(reader->line, "...") == 0) {
        *frame = (struct mt_frame_pattern){.kind = MT_PATTERN_ANY};
        item->frame_count++;
        return MT_OK;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *glob = after(reader->line, kinds[i].prefix);
        if (!glob || !*glob)
            continue;
        *frame = (struct mt_frame_pattern){.kind = kinds[i].kind, .glob = strdup(glob)};
        if (!frame->glob)
            return fail(reader, "not enough memory");
        item->frame_count++;
        return MT_OK;
    }
    return fail(reader, "expected fun:, obj:, src:, ... or }");
}

/* Whether "Memcheck,Addrcheck:Leak" is for leaks. */
static bool is_leak_kind(const char *line)
{
    const char *colon = strchr(line, ':');
    return colon && strncmp(line, "Memcheck", 8) == 0 && strcmp(colon, ":Leak") == 0;
}

static int skip_block(struct reader *reader)
{
    do
        if (strcmp(reader->line, "}") == 0)
            return MT_OK;
    while (next_line(reader));
    return fail(reader, "expected }");
}

static int parse_block(struct reader *reader)
{
    if (!next_line(reader))
        return fail(reader, "expected the suppression's name");
    char *name = strdup(reader->line);
    if (!name || !next_line(reader)) {
        free(name);
        return fail(reader, "expected Memcheck:Leak");
    }
    if (!is_leak_kind(reader->line)) { /* another tool's, or another error's: not for us */
        const bool is_kind = strchr(reader->line, ':') != NULL;
        free(name);
        return is_kind ? skip_block(reader) : fail(reader, "expected Memcheck:Leak");
    }
    struct mt_suppression *item = add_item(reader);
    if (!item) {
        free(name);
        return fail(reader, "not enough memory");
    }
    free(item->name);
    item->name = name;
    while (next_line(reader)) {
        if (strcmp(reader->line, "}") == 0)
            return item->frame_count ? MT_OK : fail(reader, "expected fun:, obj:, src: or ...");
        const char *kinds = after(reader->line, "match-leak-kinds:");
        if (kinds && !(item->verdicts = parse_kinds(kinds)))
            return fail(reader, "expected definite, indirect, possible, reachable or all");
        if (!kinds && parse_frame(reader, item) != MT_OK)
            return (int)reader->error->status;
    }
    return fail(reader, "expected }");
}

/* ---- LeakSanitizer's lines ---- */

static int parse_pattern(struct reader *reader)
{
    const char *pattern = after(reader->line, "leak:");
    if (!pattern || !*pattern)
        return fail(reader, "expected leak:PATTERN, or { and a Valgrind suppression");
    struct mt_suppression *item = add_item(reader);
    if (!item || !item->name || !(item->pattern = strdup(pattern)))
        return fail(reader, "not enough memory");
    return MT_OK;
}

/* ---- files ---- */

static int parse_all(struct reader *reader)
{
    int status = MT_OK;
    while (status == MT_OK && next_line(reader))
        status = strcmp(reader->line, "{") == 0 ? parse_block(reader) : parse_pattern(reader);
    free(reader->line);
    return status;
}

int mt_suppressions_parse(struct mt_suppressions *list, const char *origin, const char *text,
                          struct mt_error *error)
{
    char **files = reallocarray(list->files, list->file_count + 1, sizeof *files);
    char *name = files ? strdup(origin) : NULL;
    if (files)
        list->files = files;
    if (!name)
        return mt_fail(error, MT_USAGE, "%s: not enough memory", origin);
    list->files[list->file_count++] = name;
    struct reader reader = {.list = list, .file = name, .rest = text, .error = error};
    return parse_all(&reader);
}

/* The whole file, NUL-ended; NULL with errno. */
static char *read_file(const char *path, size_t *ret_bytes)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *text = fd < 0 ? NULL : malloc(FILE_BYTES_MAX + 1);
    size_t bytes = 0;
    ssize_t got = 1;
    while (text && got > 0 && bytes < FILE_BYTES_MAX) {
        got = read(fd, text + bytes, FILE_BYTES_MAX - bytes);
        bytes += got > 0 ? (size_t)got : 0;
    }
    const int problem = errno;
    if (fd >= 0)
        close(fd);
    errno = problem;
    if (text && got < 0) { /* a folder, say */
        free(text);
        return NULL;
    }
    if (text)
        text[bytes] = '\0';
    *ret_bytes = bytes;
    return text;
}

int mt_suppressions_read(struct mt_suppressions *list, const char *path, struct mt_error *error)
{
    size_t bytes = 0;
    char *text = read_file(path, &bytes);
    if (!text)
        return mt_fail(error, MT_USAGE, "%s: %s (a file of suppressions is expected)", path,
                       strerror(errno));
    int status;
    if (bytes == FILE_BYTES_MAX)
        status = mt_fail(error, MT_USAGE, "%s: is too long (64 MiB are read at most)", path);
    else if (strlen(text) < bytes)
        status = mt_fail(error, MT_USAGE, "%s: byte %zu is zero (a file of suppressions is text)",
                         path, strlen(text));
    else
        status = mt_suppressions_parse(list, path, text, error);
    free(text);
    return status;
}
