/* source_lines.c: from a frame to the text of its line. A file is read once, and its lines are
 * found by a table of where they begin. One that was changed after the process began may say
 * something else at that line: it is not believed. Whoever made the program that a trace names
 * chose the paths, which may be those of secrets: what he could not read himself is withheld
 * (readers.h).
 */
#include "source_lines.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "drain.h"
#include "hash.h"
#include "printable.h"
#include "readers.h"
#include "source_path.h"

enum { FILE_BYTES_MAX = 16 << 20 };

struct source_file {
    char *text;     /* NULL: not there, or not to be believed */
    size_t *starts; /* of each line; one more for the end */
    size_t count;
    UT_hash_handle hh;
    char path[];
};

struct mt_source_lines {
    const char *sysroot;
    const struct mt_trace *trace;
    uint64_t started_ns; /* CLOCK_REALTIME; 0: not known */
    size_t withheld;     /* files */
    struct source_file *files;
};

struct mt_source_lines *mt_source_lines_create(const struct mt_trace *trace, const char *sysroot)
{
    struct mt_source_lines *lines = calloc(1, sizeof *lines);
    if (lines) {
        lines->sysroot = sysroot;
        lines->trace = trace;
        lines->started_ns = mt_trace_header(trace)->started_unix_ns;
    }
    return lines;
}

void mt_source_lines_destroy(struct mt_source_lines *lines)
{
    struct source_file *file, *next;
    if (!lines)
        return;
    MT_DRAIN(lines->files, file, next)
    {
        free(file->text);
        free(file->starts);
        free(file);
    }
    free(lines);
}

/* ---- files ---- */

static bool is_believed(const struct mt_source_lines *lines, const struct stat *status)
{
    const uint64_t changed_ns =
        (uint64_t)status->st_mtim.tv_sec * 1000000000 + (uint64_t)status->st_mtim.tv_nsec;
    return S_ISREG(status->st_mode) && status->st_size < FILE_BYTES_MAX &&
           (!lines->started_ns || changed_ns <= lines->started_ns);
}

/* What lies below the sysroot the user has pointed at: it may be shown. */
static bool may_show(struct mt_source_lines *lines, int fd, bool is_below)
{
    if (is_below || mt_trace_may_show(lines->trace, fd))
        return true;
    lines->withheld++;
    return false;
}

/* The whole file, ended by NUL; NULL where it cannot be had. */
static char *read_text(struct mt_source_lines *lines, const char *path, bool is_below,
                       size_t *ret_bytes)
{
    struct stat status;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char *text = NULL;
    size_t length = 0;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0 && is_believed(lines, &status) && may_show(lines, fd, is_below))
        text = malloc((size_t)status.st_size + 1);
    for (ssize_t got = 1; text && got > 0 && length < (size_t)status.st_size;) {
        got = read(fd, text + length, (size_t)status.st_size - length);
        length += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    if (text)
        text[length] = 0;
    *ret_bytes = length;
    return text;
}

static bool find_starts(struct source_file *file, size_t bytes)
{
    size_t count = 1;
    for (size_t i = 0; i < bytes; i++)
        count += file->text[i] == '\n';
    file->starts = calloc(count + 1, sizeof *file->starts);
    if (!file->starts)
        return false;
    for (size_t i = 0; i < bytes; i++)
        if (file->text[i] == '\n')
            file->starts[++file->count] = i + 1;
    file->starts[++file->count] = bytes + 1;
    return true;
}

static struct source_file *find_file(struct mt_source_lines *lines, const char *path, bool is_below)
{
    struct source_file *file;
    size_t bytes = 0;
    HASH_FIND_STR(lines->files, path, file);
    if (file)
        return file;
    const size_t path_bytes = strlen(path) + 1;
    if (!(file = calloc(1, sizeof *file + path_bytes)))
        return NULL;
    memcpy(file->path, path, path_bytes);
    if ((file->text = read_text(lines, path, is_below, &bytes)) && !find_starts(file, bytes)) {
        free(file->text);
        file->text = NULL;
    }
    HASH_ADD_KEYPTR(hh, lines->files, file->path, path_bytes - 1, file);
    return file;
}

/* ---- lines ---- */

static bool copy_line(const struct source_file *file, uint32_t number,
                      char text[MT_SOURCE_LINE_SIZE])
{
    static const char blanks[] = " \t\r\f\v";
    if (!file || !file->text || number == 0 || number > file->count)
        return false;
    const char *start = file->text + file->starts[number - 1];
    const char *end = file->text + file->starts[number] - 1;
    while (start < end && strchr(blanks, *start))
        start++;
    while (start < end && strchr(blanks, end[-1]))
        end--;
    size_t length = (size_t)(end - start);
    if (length >= MT_SOURCE_LINE_SIZE)
        for (length = MT_SOURCE_LINE_SIZE - 1; length && (start[length] & 0xc0) == 0x80;)
            length--; /* not within a character */
    memcpy(text, start, length);
    text[length] = 0;
    for (char *c = text; *c; c++)
        if (*c == '\t')
            *c = ' ';
    mt_make_printable(text);
    return length > 0;
}

/* The line of the file at `path`, below the sysroot if there is one and it has it. */
static bool find_line(struct mt_source_lines *lines, const char *path, uint32_t number,
                      char text[MT_SOURCE_LINE_SIZE])
{
    char below[PATH_MAX];
    if (lines->sysroot &&
        snprintf(below, sizeof below, "%s%s", lines->sysroot, path) < (int)sizeof below &&
        copy_line(find_file(lines, below, true), number, text))
        return true;
    return copy_line(find_file(lines, path, false), number, text);
}

bool mt_source_line(struct mt_source_lines *lines, const struct mt_frame *frame,
                    char text[MT_SOURCE_LINE_SIZE])
{
    char *path = mt_source_absolute_path(frame);
    const bool is_found = path && find_line(lines, path, frame->line, text);
    free(path);
    return is_found;
}

size_t mt_source_lines_withheld(const struct mt_source_lines *lines)
{
    return lines ? lines->withheld : 0;
}
