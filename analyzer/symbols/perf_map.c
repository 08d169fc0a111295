/* perf_map.c: a perf-PID.map as a sorted table. Of perf_map.h. /tmp is everybody's: who else may
 * have written the file could lie about names, and a later process of the same number knows nothing
 * of ours. */
#include "perf_map.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "process.h"
#include "unpack.h"

#define NS_PER_S UINT64_C(1000000000)

enum {
    SLACK_S = 2, /* clocks of file systems tick coarsely, and a runtime may write as it exits */
    FILE_BYTES_MAX = 256 << 20,
};

struct code {
    uint64_t start, end;
    size_t line; /* the later one counts */
    const char *name;
};

struct mt_perf_map {
    char *text; /* names end in NUL here */
    struct code *codes;
    size_t count;
};

/* ---- which file ---- */

static bool is_of_process(const struct mt_trace *trace, const struct stat *status)
{
    const uint64_t started_s = mt_trace_header(trace)->started_unix_ns / NS_PER_S;
    const uint64_t written_s = (uint64_t)status->st_mtime;
    uint64_t lasted_ms;
    if (!S_ISREG(status->st_mode) || status->st_uid != mt_trace_owner(trace) ||
        status->st_mode & (S_IWGRP | S_IWOTH))
        return false;
    if (written_s + SLACK_S < started_s)
        return false;
    const enum mt_fate fate = mt_process_fate(trace);
    return fate == MT_FATE_RUNNING || !mt_process_duration(trace, fate, &lasted_ms) ||
           written_s <= started_s + lasted_ms / 1000 + SLACK_S;
}

/* Opens what a trace's process left, or its pack holds; -1: nothing that can be believed. */
static int open_map(const struct mt_trace *trace, char **ret_path)
{
    const char *pack = mt_trace_pack_folder(trace);
    struct stat status;
    const int length =
        pack ? asprintf(ret_path, "%s/" MT_PACK_PERF_MAP, pack)
             : asprintf(ret_path, "/tmp/perf-%" PRIu32 ".map", mt_trace_header(trace)->pid);
    if (length < 0) {
        *ret_path = NULL;
        return -1;
    }
    const int fd = open(*ret_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && fstat(fd, &status) == 0 && (pack || is_of_process(trace, &status)))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

char *mt_perf_map_path(const struct mt_trace *trace)
{
    char *path;
    const int fd = open_map(trace, &path);
    if (fd >= 0) {
        close(fd);
        return path;
    }
    free(path);
    return NULL;
}

/* ---- its lines ---- */

/* "START SIZE NAME"; both numbers with or without 0x. The name is ended by the caller. */
static bool read_line(char *line, size_t number, struct code *ret_code)
{
    char *rest;
    const uint64_t start = strtoull(line, &rest, 16);
    if (rest == line || *rest != ' ')
        return false;
    char *name;
    const uint64_t bytes = strtoull(rest, &name, 16);
    if (name == rest || *name != ' ' || !name[1] || bytes == 0 || start + bytes < start)
        return false;
    *ret_code = (struct code){start, start + bytes, number, name + 1};
    return true;
}

static bool add_code(struct mt_perf_map *map, size_t *room, const struct code *code)
{
    if (map->count == *room) {
        const size_t bigger = *room ? 2 * *room : 1024;
        struct code *codes = reallocarray(map->codes, bigger, sizeof *codes);
        if (!codes)
            return false;
        map->codes = codes;
        *room = bigger;
    }
    map->codes[map->count++] = *code;
    return true;
}

/* What cannot be understood is left out: the last line may not be whole. */
static void read_lines(struct mt_perf_map *map)
{
    size_t room = 0, number = 0;
    char *line = map->text, *end;
    for (; (end = strchr(line, '\n')); line = end + 1) {
        struct code code;
        *end = 0;
        if (read_line(line, number++, &code) && !add_code(map, &room, &code))
            break;
    }
}

static int compare_codes(const void *a, const void *b)
{
    const struct code *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return left->line < right->line ? -1 : left->line > right->line;
}

/* All of the file, NUL-ended. A map has no zeros: what comes after one, as in the hole of a file
 * that claims to be endless, is not read, nor is more than any runtime writes. */
static char *read_text(int fd)
{
    size_t count = 0, room = 1 << 16;
    char *text = malloc(room);
    ssize_t got = 0;
    while (text && (got = read(fd, text + count, room - count - 1)) > 0) {
        const bool is_end = memchr(text + count, 0, (size_t)got) != NULL;
        count += (size_t)got;
        if (is_end || count >= FILE_BYTES_MAX)
            break;
        if (count + 1 < room)
            continue;
        room *= 2;
        char *bigger = realloc(text, room);
        if (!bigger) {
            free(text);
            return NULL;
        }
        text = bigger;
    }
    if (text)
        text[count] = 0;
    return text;
}

struct mt_perf_map *mt_perf_map_read(int fd)
{
    struct mt_perf_map *map = calloc(1, sizeof *map);
    if (map && (map->text = read_text(fd)))
        read_lines(map);
    if (map && map->count)
        qsort(map->codes, map->count, sizeof *map->codes, compare_codes);
    return map;
}

struct mt_perf_map *mt_perf_map_open(const struct mt_trace *trace)
{
    char *path;
    const int fd = open_map(trace, &path);
    free(path);
    if (fd < 0)
        return NULL;
    struct mt_perf_map *map = mt_perf_map_read(fd);
    close(fd);
    return map;
}

void mt_perf_map_close(struct mt_perf_map *map)
{
    if (!map)
        return;
    free(map->codes);
    free(map->text);
    free(map);
}

/* Code that is thrown away leaves its line behind, and other code may lie over its end: the nearest
 * start decides, and of equal ones the last line. */
const char *mt_perf_map_find(const struct mt_perf_map *map, uint64_t address)
{
    size_t low = 0, high = map ? map->count : 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (map->codes[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t back = 1; back <= low && back <= 16; back++) {
        if (address < map->codes[low - back].end)
            return map->codes[low - back].name;
    }
    return NULL;
}
