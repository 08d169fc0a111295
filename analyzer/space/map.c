/* map.c: puts a map together: trace -> space (of the kernel, or of the snapshot) -> segments, and
 * the churn of stacks -> that of functions. */
#include "map.h"

#include <stdlib.h>
#include <string.h>
#include "frames.h"
#include "site_name.h"
#include "trace_paths.h"

const struct mt_map_format mt_map_formats[] = {
    {"text", mt_map_print_text},
    {"json", mt_map_print_json},
    {NULL, NULL},
};

/* ---- churn ---- */

uint64_t mt_churn_faults(const struct mt_map *map, const struct mt_churn_row *row)
{
    return row->sum.bytes / map->space.page_bytes;
}

bool mt_churn_is_malloc(const struct mt_churn_row *row)
{
    return row->sum.function != MT_FN_MMAP && row->sum.function != MT_FN_MREMAP;
}

uint64_t mt_churn_threshold(const struct mt_churn_row *row)
{
    enum { THRESHOLD_MAX = 32 << 20 }; /* glibc: HEAP_MAX_SIZE / 2 */
    uint64_t threshold = 256 << 10;
    if (!mt_churn_is_malloc(row) || row->sum.largest_bytes >= THRESHOLD_MAX)
        return 0;
    while (threshold <= row->sum.largest_bytes)
        threshold *= 2;
    return threshold;
}

static void add_to_row(struct mt_churn_site *sum, const struct mt_churn_site *site)
{
    sum->rounds += site->rounds;
    sum->bytes += site->bytes;
    if (site->largest_bytes > sum->largest_bytes)
        sum->largest_bytes = site->largest_bytes;
    if (site->first_ms < sum->first_ms)
        sum->first_ms = site->first_ms;
    if (site->last_ms > sum->last_ms)
        sum->last_ms = site->last_ms;
}

static int add_churn(struct mt_map *map, const struct mt_churn_site *site)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame = mt_site_frame(map->trace, map->symbols, site->stack, &walk);
    char *label = frame ? mt_frame_label(walk.location, frame) : strdup("?");
    if (!label)
        return -1;
    for (size_t i = 0; i < map->churn_count; i++) {
        struct mt_churn_row *row = &map->churn[i];
        if (row->sum.function == site->function && strcmp(row->label, label) == 0) {
            add_to_row(&row->sum, site);
            free(label);
            return 0;
        }
    }
    map->churn[map->churn_count++] = (struct mt_churn_row){*site, label};
    return 0;
}

static int compare_rows(const void *left, const void *right)
{
    const struct mt_churn_row *a = left, *b = right;
    if (a->sum.bytes != b->sum.bytes)
        return a->sum.bytes > b->sum.bytes ? -1 : 1;
    const int order = strcmp(a->label, b->label);
    return order ? order : (int)a->sum.function - (int)b->sum.function;
}

static int fill_churn(struct mt_map *map, struct mt_error *error)
{
    size_t count, kept = 0;
    const struct mt_churn_site *sites = mt_trace_churn(map->trace, &count);
    map->churn = calloc(count + 1, sizeof *map->churn);
    map->churn_count = 0;
    int result = map->churn ? 0 : -1;
    for (size_t i = 0; i < count && result == 0; i++)
        result = add_churn(map, &sites[i]);
    if (result)
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory", mt_trace_path(map->trace));
    for (size_t i = 0; i < map->churn_count; i++) {
        if (map->churn[i].sum.rounds > 1)
            map->churn[kept++] = map->churn[i];
        else
            free(map->churn[i].label);
    }
    map->churn_count = kept;
    if (kept)
        qsort(map->churn, kept, sizeof *map->churn, compare_rows);
    return MT_OK;
}

/* ---- opening ---- */

/* The one trace that `name` stands for; the caller frees it. */
static int find_trace(const char *name, char **ret_path, struct mt_error *error)
{
    struct mt_trace_paths paths = {0};
    int status = mt_trace_paths_add(&paths, name, error);
    if (status == MT_OK && paths.count > 1)
        status = mt_fail(error, MT_UNREADABLE, "%s: holds %zu traces (name one of them)", name,
                         paths.count);
    if (status == MT_OK) {
        *ret_path = paths.items[0];
        paths.items[0] = NULL;
    }
    mt_trace_paths_finish(&paths);
    return status;
}

/* A process is asked about by the id it was named by: in a container it has another of its own. */
static uint32_t pid_of(const char *name, const struct mt_trace *trace)
{
    const bool is_number = name[0] && name[strspn(name, "0123456789")] == 0;
    const bool is_file = strcmp(name, mt_trace_path(trace)) == 0;
    return is_number && !is_file ? (uint32_t)strtoul(name, NULL, 10) : mt_trace_header(trace)->pid;
}

static int fill(struct mt_map *map, const char *name, const struct mt_map_options *options,
                struct mt_error *error)
{
    const struct mt_search search = {.sysroot = options->sysroot};
    map->fate = mt_process_fate(map->trace);
    const bool is_named = pid_of(name, map->trace) != mt_trace_header(map->trace)->pid;
    int status = map->fate == MT_FATE_RUNNING || is_named
                     ? mt_space_of_process(pid_of(name, map->trace), mt_trace_path(map->trace),
                                           &map->space, error)
                     : mt_space_of_snapshot(map->trace, &map->space, error);
    if (status == MT_OK)
        status = mt_segments_make(&map->space, map->trace, &map->segments, error);
    if (status == MT_OK)
        status = mt_symbols_create(map->trace, &search, &map->symbols, error);
    if (status == MT_OK)
        status = fill_churn(map, error);
    return status;
}

int mt_map_open(const char *name, const struct mt_map_options *options, struct mt_map **ret_map,
                struct mt_error *error)
{
    char *path = NULL;
    struct mt_map *map = calloc(1, sizeof *map);
    if (!map)
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory", name);
    int status = find_trace(name, &path, error);
    if (status == MT_OK)
        status = mt_trace_open(path, &map->trace, error);
    if (status == MT_OK)
        status = fill(map, name, options, error);
    free(path);
    if (status != MT_OK)
        mt_map_close(map);
    else
        *ret_map = map;
    return status;
}

void mt_map_close(struct mt_map *map)
{
    if (!map)
        return;
    for (size_t i = 0; i < map->churn_count; i++)
        free(map->churn[i].label);
    free(map->churn);
    mt_symbols_destroy(map->symbols);
    mt_segments_finish(&map->segments);
    mt_space_finish(&map->space);
    mt_trace_close(map->trace);
    free(map);
}
