/* samples.h: how a sample (trace_system.h) is made and kept. Samples have two writers, the process
 * itself and memtrace run beside it, and what the one says the other must say in the same words; so
 * this stands here. It calls nothing but the reader of files that its caller gives: in the process
 * it runs inside an allocation.
 *
 *   /proc/PID/…, /proc/…, the group's folder -> figures -> sample -> SYSTEM extent */
#ifndef MEMTRACE_SAMPLES_H
#define MEMTRACE_SAMPLES_H

#include <string.h>
#include "memtrace/trace_system.h"

/* Reads a file into `to`, NUL-ended, at most `room` - 1 bytes. Returns the bytes read, 0 where it
 * cannot be had. */
typedef size_t mt_text_reader(const char *path, char *to, size_t room);

enum mt_figure_unit { MT_UNIT_BYTES_EACH, MT_UNIT_COUNT, MT_UNIT_US };

static const char *const mt_figure_names[] = {
#define X(id, name, unit) name,
    MT_FIGURES(X)
#undef X
};

static const uint8_t mt_figure_units[] = {
#define BYTES MT_UNIT_BYTES_EACH
#define COUNT MT_UNIT_COUNT
#define US MT_UNIT_US
#define X(id, name, unit) unit,
    MT_FIGURES(X)
#undef X
#undef BYTES
#undef COUNT
#undef US
};

/* ---- from text to figures ---- */

/* The number that `text` begins with, blanks before it skipped. */
static inline uint64_t mt_text_number(const char *text)
{
    uint64_t number = 0;
    text += strspn(text, " \t");
    if (*text < '0' || *text > '9')
        return MT_FIGURE_UNKNOWN;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    return number;
}

/* "Key:   12 kB" or "key 12", one a line. What is in bytes here counts KiB there. A figure's key is
 * the last word of its name. */
static inline void mt_figures_of_lines(const char *text, int first, int last, uint64_t *figures)
{
    while (*text) {
        const size_t length = strcspn(text, ": \t\n");
        for (int i = first; i <= last; i++) {
            const char *blank = strrchr(mt_figure_names[i], ' ');
            const char *key = blank ? blank + 1 : mt_figure_names[i];
            if (*key != *text || strlen(key) != length || memcmp(key, text, length) != 0)
                continue;
            const uint64_t number = mt_text_number(text + length + (text[length] == ':'));
            if (number != MT_FIGURE_UNKNOWN)
                figures[i] = mt_figure_units[i] == MT_UNIT_BYTES_EACH ? number * 1024 : number;
        }
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

/* /proc/PID/stat: fields are counted behind the name in brackets, which may hold anything. */
static inline void mt_figures_of_stat(const char *text, uint64_t *figures)
{
    enum { TICK_US = 10000 };
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field <= 15; field++) {
        const uint64_t number = mt_text_number(at + 1);
        if (field == 10)
            figures[MT_FIGURE_MINOR_FAULTS] = number;
        if (field == 12)
            figures[MT_FIGURE_MAJOR_FAULTS] = number;
        if (field == 14 && number != MT_FIGURE_UNKNOWN)
            figures[MT_FIGURE_CPU_USER] = number * TICK_US;
        if (field == 15 && number != MT_FIGURE_UNKNOWN)
            figures[MT_FIGURE_CPU_SYSTEM] = number * TICK_US;
        at = strchr(at + 1, ' ');
    }
}

/* "max", or a number that is as good as that: version 1 of control groups has no word for it. */
static inline uint64_t mt_figure_of_limit(const char *text)
{
    const uint64_t number = mt_text_number(text);
    if (strncmp(text, "max", 3) == 0 || (number != MT_FIGURE_UNKNOWN && number >> 62))
        return MT_FIGURE_UNLIMITED;
    return number;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=12", and a line "full …". */
static inline void mt_figures_of_pressure(const char *text, uint64_t *figures)
{
    static const char total[] = "total=";
    const char *some = strstr(text, total);
    const char *full = some ? strstr(some + 1, total) : NULL;
    if (some)
        figures[MT_FIGURE_PRESSURE_SOME] = mt_text_number(some + sizeof total - 1);
    if (full)
        figures[MT_FIGURE_PRESSURE_FULL] = mt_text_number(full + sizeof total - 1);
}

/* ---- where figures are ---- */

enum mt_figure_form {
    MT_FORM_LINES,
    MT_FORM_STAT,
    MT_FORM_LIMIT,
    MT_FORM_SIGNED,
    MT_FORM_PRESSURE
};
enum mt_figure_folder { MT_FOLDER_PROCESS, MT_FOLDER_PROC, MT_FOLDER_GROUP_1, MT_FOLDER_GROUP_2 };

struct mt_figure_source {
    const char *file;
    uint8_t folder; /* enum mt_figure_folder */
    uint8_t form;   /* enum mt_figure_form */
    uint8_t first, last;
};

static const struct mt_figure_source mt_figure_sources[] = {
#define FROM(folder, file, form, first, last)                                                      \
    {                                                                                              \
        "/" file, MT_FOLDER_##folder, MT_FORM_##form, MT_FIGURE_##first, MT_FIGURE_##last          \
    }
#define ONE(folder, file, id) FROM(folder, file, LIMIT, id, id)
    FROM(PROCESS, "status", LINES, VM_PEAK, THREADS),
    FROM(PROCESS, "stat", STAT, MINOR_FAULTS, CPU_SYSTEM),
    ONE(PROCESS, "oom_score", OOM_SCORE),
    FROM(PROCESS, "oom_score_adj", SIGNED, OOM_SCORE_ADJ, OOM_SCORE_ADJ),
    FROM(PROC, "meminfo", LINES, MEM_TOTAL, SWAP_CACHED),
    FROM(PROC, "vmstat", LINES, PGPGIN, OOM_KILL),
    FROM(PROC, "pressure/memory", PRESSURE, PRESSURE_SOME, PRESSURE_FULL),
    ONE(GROUP_2, "memory.max", CGROUP_MAX),
    ONE(GROUP_2, "memory.high", CGROUP_HIGH),
    ONE(GROUP_2, "memory.current", CGROUP_CURRENT),
    ONE(GROUP_2, "memory.peak", CGROUP_PEAK),
    ONE(GROUP_2, "memory.swap.current", CGROUP_SWAP),
    ONE(GROUP_2, "memory.swap.max", CGROUP_SWAP_MAX),
    FROM(GROUP_2, "memory.events", LINES, CGROUP_EVENTS_HIGH, CGROUP_EVENTS_OOM_KILL),
    FROM(GROUP_2, "memory.pressure", PRESSURE, PRESSURE_SOME, PRESSURE_FULL),
    ONE(GROUP_1, "memory.limit_in_bytes", CGROUP_MAX),
    ONE(GROUP_1, "memory.usage_in_bytes", CGROUP_CURRENT),
    ONE(GROUP_1, "memory.max_usage_in_bytes", CGROUP_PEAK),
    ONE(GROUP_1, "memory.failcnt", CGROUP_EVENTS_MAX),
    FROM(GROUP_1, "memory.oom_control", LINES, CGROUP_EVENTS_OOM_KILL, CGROUP_EVENTS_OOM_KILL),
#undef ONE
#undef FROM
};

enum { MT_GROUP_PATH_BYTES = 2048, MT_TEXT_BYTES = 16384 };

/* The control group whose memory a process counts to. */
struct mt_group {
    unsigned version; /* of control groups: 1, 2; 0 none was found */
    char folder[MT_GROUP_PATH_BYTES];
};

/* Puts two texts together; "" where they do not fit. */
static inline void mt_text_join(char *to, size_t room, const char *first, const char *second)
{
    const size_t one = strlen(first), two = strlen(second);
    *to = '\0';
    if (one + two >= room)
        return;
    memcpy(to, first, one);
    memcpy(to + one, second, two + 1);
}

static inline void mt_figures_take(const struct mt_figure_source *source, const char *text,
                                   uint64_t *figures)
{
    const int is_negative = *text == '-';
    uint64_t number;
    switch (source->form) {
    case MT_FORM_LINES:
        mt_figures_of_lines(text, source->first, source->last, figures);
        break;
    case MT_FORM_STAT:
        mt_figures_of_stat(text, figures);
        break;
    case MT_FORM_LIMIT:
        figures[source->first] = mt_figure_of_limit(text);
        break;
    case MT_FORM_SIGNED:
        number = mt_text_number(text + is_negative);
        if (number != MT_FIGURE_UNKNOWN)
            figures[source->first] = is_negative ? 1000 - number : 1000 + number;
        break;
    case MT_FORM_PRESSURE:
        mt_figures_of_pressure(text, figures);
        break;
    }
}

/* Where a source's file lies; NULL: it is not wanted, or nowhere. */
static inline const char *mt_figure_folder(const struct mt_figure_source *source,
                                           const char *process, const struct mt_group *group)
{
    if (source->folder == MT_FOLDER_PROCESS)
        return process;
    if (!group || source->folder == MT_FOLDER_PROC)
        return group ? "/proc" : NULL;
    return source->folder - MT_FOLDER_GROUP_1 + 1 == (int)group->version ? group->folder : NULL;
}

/* Reads all figures that files have; the others are MT_FIGURE_UNKNOWN. `process`: "/proc/self" or
 * "/proc/PID"; NULL: only what is around it. `group`: NULL: only the process itself. */
static inline void mt_figures_read(mt_text_reader *read, const char *process,
                                   const struct mt_group *group, struct mt_sample *ret_sample)
{
    char path[MT_GROUP_PATH_BYTES + 64], text[MT_TEXT_BYTES];
    for (int i = 0; i < MT_FIGURES_MAX; i++)
        ret_sample->figures[i] = MT_FIGURE_UNKNOWN;
    for (size_t i = 0; i < sizeof mt_figure_sources / sizeof *mt_figure_sources; i++) {
        const struct mt_figure_source *source = &mt_figure_sources[i];
        const char *folder = mt_figure_folder(source, process, group);
        if (!folder)
            continue;
        mt_text_join(path, sizeof path, folder, source->file);
        if (read(path, text, sizeof text))
            mt_figures_take(source, text, ret_sample->figures);
    }
}

/* ---- the group ---- */

/* The process's path in the hierarchy that has the memory controller, from /proc/PID/cgroup: lines
 * "4:memory:/path", or with version 2 alone "0::/path". Returns the version, 0 where neither is. */
static inline unsigned mt_group_path(const char *text, char *path, size_t room)
{
    unsigned version = 0;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        const char *controllers = strchr(text, ':');
        const char *at = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!at)
            break;
        const char *memory = strstr(controllers, "memory");
        const int is_first = memory && memory < at;
        const size_t length = strcspn(at + 1, "\n");
        if ((!is_first && (at != controllers + 1 || version)) || length >= room)
            continue;
        memcpy(path, at + 1, length);
        path[length] = '\0';
        version = is_first ? 1 : 2;
        if (is_first)
            break;
    }
    return version;
}

/* Field `number` (from 1) of a line, ended by a blank. Returns its length. */
static inline size_t mt_line_field(const char *line, int number, const char **ret_field)
{
    for (; number > 1; number--) {
        line += strcspn(line, " \n");
        line += *line == ' ';
    }
    *ret_field = line;
    return strcspn(line, " \n");
}

/* Where a hierarchy is mounted, from /proc/PID/mountinfo: "31 23 0:28 ROOT POINT options … - type
 * source options". Writes the folder of the group of that path; `path` is under `root`, in a
 * container perhaps not shown. Returns 0 where it is not mounted. */
static inline int mt_group_folder(const char *text, unsigned version, const char *path,
                                  char *folder, size_t room, size_t *ret_point_length)
{
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        const char *end = text + strcspn(text, "\n");
        const char *type = strstr(text, " - "), *memory = strstr(text, "memory");
        if (!type || type > end)
            continue;
        const int is_two = strncmp(type + 3, "cgroup2 ", 8) == 0;
        const int is_one = strncmp(type + 3, "cgroup ", 7) == 0;
        while (is_one && memory && memory < type)
            memory = strstr(memory + 1, "memory");
        if (version == 2 ? !is_two : !is_one || !memory || memory > end)
            continue;
        const char *root, *point;
        const size_t root_length = mt_line_field(text, 4, &root);
        const size_t point_length = mt_line_field(text, 5, &point);
        if (root_length > 1 && strncmp(path, root, root_length) == 0 &&
            (path[root_length] == '/' || !path[root_length]))
            path += root_length;
        const size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);
        if (point_length + length >= room)
            return 0;
        memcpy(folder, point, point_length);
        memcpy(folder + point_length, path, length);
        folder[point_length + length] = '\0';
        *ret_point_length = point_length;
        return 1;
    }
    return 0;
}

/* The limit of the group whose folder is `at`. */
static inline uint64_t mt_group_limit(mt_text_reader *read, unsigned version, const char *at)
{
    char path[MT_GROUP_PATH_BYTES + 64], text[64];
    mt_text_join(path, sizeof path, at, version == 2 ? "/memory.max" : "/memory.limit_in_bytes");
    return read(path, text, sizeof text) ? mt_figure_of_limit(text) : MT_FIGURE_UNKNOWN;
}

/* Climbs from the folder `at`, no further than to the mount point, to the first group with a limit.
 */
static inline void mt_group_climb(mt_text_reader *read, unsigned version, char *at,
                                  size_t point_length, struct mt_group *ret_group)
{
    for (;;) {
        const uint64_t limit = mt_group_limit(read, version, at);
        if (limit != MT_FIGURE_UNKNOWN && (!ret_group->version || limit != MT_FIGURE_UNLIMITED)) {
            ret_group->version = version;
            mt_text_join(ret_group->folder, sizeof ret_group->folder, at, "");
        }
        char *slash = strrchr(at, '/');
        if (limit < MT_FIGURE_UNLIMITED || !slash || (size_t)(slash - at) < point_length)
            return;
        *slash = '\0';
    }
}

/* Finds the innermost group with a limit that holds the process (an outer one may be tighter, but
 * is then not the program's own); where none has a limit, the innermost that counts. The usual
 * place is tried first, for mountinfo is dear to read. */
static inline void mt_group_find(mt_text_reader *read, const char *process,
                                 struct mt_group *ret_group)
{
    char path[MT_GROUP_PATH_BYTES + 64], at[MT_GROUP_PATH_BYTES], text[MT_TEXT_BYTES];
    size_t point_length;
    ret_group->version = 0;
    mt_text_join(path, sizeof path, process, "/cgroup");
    const unsigned version = read(path, text, sizeof text) ? mt_group_path(text, at, sizeof at) : 0;
    if (!version)
        return;
    const char *usual = version == 2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    point_length = strlen(usual);
    mt_text_join(path, MT_GROUP_PATH_BYTES, usual, strcmp(at, "/") == 0 ? "" : at);
    if (mt_group_limit(read, version, path) == MT_FIGURE_UNKNOWN) {
        char mounts[64];
        mt_text_join(mounts, sizeof mounts, process, "/mountinfo");
        if (!read(mounts, text, sizeof text) ||
            !mt_group_folder(text, version, at, path, MT_GROUP_PATH_BYTES, &point_length))
            return;
    }
    mt_group_climb(read, version, path, point_length, ret_group);
}

/* ---- keeping them ---- */

static inline struct mt_sample *mt_sample_at(struct mt_extent *extent, uint64_t i)
{
    return (struct mt_sample *)((char *)extent + (1 + i) * MT_SAMPLE_BYTES);
}

static inline void mt_sample_put(struct mt_sample *to, const struct mt_sample *from,
                                 uint64_t sequence)
{
    /* Release, twice: who reads the old sequence has read nothing of the new sample, who reads the
     * new one all of it. */
    __atomic_store_n(&to->sequence, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    to->taken_ms = from->taken_ms;
    for (int i = 0; i < MT_FIGURES_MAX; i++)
        to->figures[i] = from->figures[i];
    __atomic_store_n(&to->sequence, sequence, __ATOMIC_RELEASE);
}

/* Keeps `sample`, in an extent that one thread writes. `sequence` counts what was written. Returns
 * 1 when the extent was full: every second sample but the first is then gone, and the writer is to
 * look half as often. */
static inline int mt_samples_add(struct mt_extent *extent, const struct mt_sample *sample,
                                 uint64_t *sequence)
{
    const int is_full = extent->used >= MT_SAMPLES_PER_EXTENT;
    if (is_full) {
        uint64_t kept = 1;
        for (uint64_t i = 2; i < MT_SAMPLES_PER_EXTENT; i += 2, kept++)
            mt_sample_put(mt_sample_at(extent, kept), mt_sample_at(extent, i), ++*sequence);
        __atomic_store_n(&extent->used, kept, __ATOMIC_RELEASE);
    }
    mt_sample_put(mt_sample_at(extent, extent->used), sample, ++*sequence);
    __atomic_store_n(&extent->used, extent->used + 1, __ATOMIC_RELEASE);
    return is_full;
}

#endif
