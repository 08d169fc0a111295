/* trace_paths.c: finds traces. Nothing is asked of a running process: the trace it writes to is
 * mapped into it, so its memory map names the file. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "memtrace/trace_format.h"
#include "trace_paths.h"

static int fail_memory(struct mt_error *error)
{
    return mt_fail(error, MT_UNREADABLE, "not enough memory");
}

static int add_path(struct mt_trace_paths *paths, const char *path, struct mt_error *error)
{
    char **items = reallocarray(paths->items, paths->count + 1, sizeof *items);
    if (!items)
        return fail_memory(error);
    paths->items = items;
    items[paths->count] = strdup(path);
    if (!items[paths->count])
        return fail_memory(error);
    paths->count++;
    return MT_OK;
}

/* ---- folders ---- */

/* "x.mtrace", and "x.mtrace.1" as the tracer writes where the first was taken. */
static int is_trace_name(const struct dirent *entry)
{
    const char *suffix = strstr(entry->d_name, ".mtrace");
    if (!suffix)
        return 0;
    suffix += strlen(".mtrace");
    if (*suffix == '.' && suffix[1])
        suffix += 1 + strspn(suffix + 1, "0123456789");
    return *suffix == 0;
}

static int add_folder(struct mt_trace_paths *paths, const char *folder, struct mt_error *error)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, is_trace_name, alphasort);
    if (count < 0)
        return mt_fail(error, MT_UNREADABLE, "%s: %s", folder, strerror(errno));
    int status =
        count ? MT_OK
              : mt_fail(error, MT_UNREADABLE,
                        "%s: no traces in it (try: memtrace run -o %s PROGRAM)", folder, folder);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        const size_t length = strlen(folder);
        snprintf(path, sizeof path, "%s%s%s", folder,
                 length && folder[length - 1] == '/' ? "" : "/", entries[i]->d_name);
        if (status == MT_OK)
            status = add_path(paths, path, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* ---- processes ---- */

static bool has_magic(const char *path)
{
    char magic[sizeof MT_TRACE_MAGIC - 1] = "";
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    const bool is_trace = fread(magic, sizeof magic, 1, file) == 1 &&
                          memcmp(magic, MT_TRACE_MAGIC, sizeof magic) == 0;
    fclose(file);
    return is_trace;
}

/* Reads /proc/PID/maps: "start-end rw-s offset dev inode   path". The trace is the shared writable
 * mapping of a file that begins as traces do; it is opened through /proc/PID/root where the process
 * sees other folders than we do. */
static int add_process(struct mt_trace_paths *paths, const char *pid, struct mt_error *error)
{
    char name[64], line[PATH_MAX + 256], found[PATH_MAX + 64] = "";
    snprintf(name, sizeof name, "/proc/%s/maps", pid);
    FILE *maps = fopen(name, "re");
    if (!maps) {
        return mt_fail(error, MT_UNREADABLE,
                       errno == ENOENT ? "process %s: there is none, and no file of this name"
                                       : "process %s: its memory map cannot be read (try: as root)",
                       pid);
    }
    while (!found[0] && fgets(line, sizeof line, maps)) {
        line[strcspn(line, "\n")] = 0;
        const char *path = strchr(line, '/');
        if (!path || !strstr(line, " rw-s "))
            continue;
        snprintf(found, sizeof found, "%s", path);
        if (!has_magic(found))
            snprintf(found, sizeof found, "/proc/%s/root%s", pid, path);
        if (!has_magic(found))
            found[0] = 0;
    }
    fclose(maps);
    if (!found[0])
        return mt_fail(error, MT_UNREADABLE,
                       "process %s: is not traced (start it with: memtrace run)", pid);
    return add_path(paths, found, error);
}

static bool is_number(const char *name)
{
    return name[0] && name[strspn(name, "0123456789")] == 0;
}

int mt_trace_paths_add(struct mt_trace_paths *paths, const char *name, struct mt_error *error)
{
    struct stat status;
    if (stat(name, &status) == 0)
        return S_ISDIR(status.st_mode) ? add_folder(paths, name, error)
                                       : add_path(paths, name, error);
    if (is_number(name))
        return add_process(paths, name, error);
    return add_path(paths, name, error); /* opening it will say what is wrong */
}

void mt_trace_paths_finish(struct mt_trace_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct mt_trace_paths){0};
}
