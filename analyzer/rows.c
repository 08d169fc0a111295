/* rows.c: takes the sites of a trace, gives what a report prints, in its order: by bytes (or what
 * --sort says), then by fingerprint, then by stack, so that the same trace always gives the same
 * report. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include "fingerprint.h"
#include "frames.h"
#include "progress.h"
#include "rows.h"
#include "site_name.h"

/* ---- groups ---- */

struct group {
    char *key;              /* kind, verdict and name */
    size_t row;             /* its index */
    uint64_t largest_bytes; /* of its sites */
    UT_hash_handle hh;
};

/* What --group-by groups a site under; the caller frees it. NULL where memory runs out. */
static char *name_group(const struct mt_trace *trace, struct mt_symbols *symbols, uint32_t stack,
                        enum mt_group_by by)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame = mt_site_frame(trace, symbols, stack, &walk);
    if (!frame)
        return strdup("?");
    if (by == MT_GROUP_FUNCTION)
        return mt_frame_label(walk.location, frame);
    if (by == MT_GROUP_FILE && frame->file)
        return strdup(frame->file);
    return strdup(walk.location->module ? walk.location->module->path : "?");
}

/* Adds the threads of `site` to the row's; both lists ascend. */
static int merge_threads(struct mt_row *row, const struct mt_site *site)
{
    const unsigned room = row->site.thread_count + site->thread_count;
    uint16_t *merged = malloc((room ? room : 1) * sizeof *merged);
    if (!merged)
        return -1;
    unsigned count = 0, a = 0, b = 0;
    while (a < row->site.thread_count || b < site->thread_count) {
        uint16_t slot;
        if (b == site->thread_count ||
            (a < row->site.thread_count && row->group_threads[a] <= site->threads[b]))
            slot = row->group_threads[a++];
        else
            slot = site->threads[b++];
        if (count == 0 || merged[count - 1] != slot)
            merged[count++] = slot;
    }
    free(row->group_threads);
    row->group_threads = merged;
    row->site.threads = merged;
    row->site.thread_count = count;
    return 0;
}

static int add_to_group(struct mt_row *row, struct group *group, const struct mt_site *site)
{
    struct mt_site *sum = &row->site;
    if (site->bytes > group->largest_bytes) {
        group->largest_bytes = site->bytes;
        sum->stack = site->stack;
    }
    if (sum->function != site->function)
        sum->function = MT_FN_UNKNOWN;
    sum->objects += site->objects;
    sum->bytes += site->bytes;
    for (int i = 0; i < MT_STORAGE_COUNT; i++)
        sum->storage[i] += site->storage[i];
    if (site->oldest_ms < sum->oldest_ms)
        sum->oldest_ms = site->oldest_ms;
    if (site->newest_ms > sum->newest_ms)
        sum->newest_ms = site->newest_ms;
    row->site_count++;
    return merge_threads(row, site);
}

/* The group of that name, new if need be; takes the name over. NULL where memory runs out. */
static struct group *find_group(struct group **groups, struct mt_rows *rows, char *name,
                                const struct mt_site *site)
{
    char *key;
    if (!name || asprintf(&key, "%d %d %s", site->kind, site->verdict, name) < 0) {
        free(name);
        return NULL;
    }
    struct group *group;
    HASH_FIND_STR(*groups, key, group);
    if (group || !(group = calloc(1, sizeof *group))) {
        free(key);
        free(name);
        return group;
    }
    group->key = key;
    group->row = rows->count;
    HASH_ADD_KEYPTR(hh, *groups, group->key, strlen(group->key), group);
    rows->items[rows->count++] = (struct mt_row){
        .site = {.kind = site->kind,
                 .verdict = site->verdict,
                 .function = site->function,
                 .stack = site->stack,
                 .oldest_ms = UINT64_MAX},
        .group = name,
        .fingerprint = mt_fingerprint_of_name(site->kind, name),
    };
    return group;
}

static void free_groups(struct group *groups)
{
    struct group *group, *next;
    HASH_ITER(hh, groups, group, next)
    {
        HASH_DEL(groups, group);
        free(group->key);
        free(group);
    }
}

static int make_groups(const struct mt_trace *trace, struct mt_symbols *symbols,
                       const struct mt_sites *sites, enum mt_group_by by, struct mt_rows *rows)
{
    struct group *groups = NULL;
    int result = 0;
    for (size_t i = 0; i < mt_sites_count(sites) && result == 0; i++) {
        const struct mt_site *site = mt_sites_at(sites, i);
        char *name = name_group(trace, symbols, site->stack, by);
        struct group *group = find_group(&groups, rows, name, site);
        result = group ? add_to_group(&rows->items[group->row], group, site) : -1;
        mt_progress("reading symbols", i, mt_sites_count(sites));
    }
    free_groups(groups);
    return result;
}

/* ---- sites ---- */

static void make_sites(const struct mt_trace *trace, struct mt_symbols *symbols,
                       const struct mt_sites *sites, struct mt_rows *rows)
{
    for (size_t i = 0; i < mt_sites_count(sites); i++) {
        const struct mt_site *site = mt_sites_at(sites, i);
        rows->items[rows->count++] = (struct mt_row){
            .site = *site,
            .site_count = 1,
            .fingerprint = mt_fingerprint(trace, symbols, site->kind, site->stack),
        };
        mt_progress("reading symbols", i, mt_sites_count(sites));
    }
}

/* ---- order ---- */

static int descending(uint64_t a, uint64_t b)
{
    return a > b ? -1 : a < b;
}

static int compare_by_bytes(const void *a, const void *b)
{
    const struct mt_row *left = a, *right = b;
    int order = descending(left->site.bytes, right->site.bytes);
    if (order == 0)
        order = descending(right->fingerprint, left->fingerprint);
    if (order == 0)
        order = descending(right->site.stack, left->site.stack);
    return order ? order : (int)left->site.verdict - (int)right->site.verdict;
}

static int compare_by_objects(const void *a, const void *b)
{
    const struct mt_row *left = a, *right = b;
    const int order = descending(left->site.objects, right->site.objects);
    return order ? order : compare_by_bytes(a, b);
}

/* Takes out the rows that are too small, sorts the others. */
static void select_rows(struct mt_rows *rows, const struct mt_report_options *options)
{
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct mt_row *row = &rows->items[i];
        if (row->site.bytes < options->min_bytes) {
            free(row->group);
            free(row->group_threads);
            continue;
        }
        rows->selected.objects += row->site.objects;
        rows->selected.bytes += row->site.bytes;
        rows->items[kept++] = *row;
    }
    rows->count = kept;
    rows->shown = options->top && options->top < kept ? options->top : kept;
    if (kept)
        qsort(rows->items, kept, sizeof *rows->items,
              options->sort == MT_SORT_BLOCKS ? compare_by_objects : compare_by_bytes);
}

int mt_rows_make(const struct mt_trace *trace, struct mt_symbols *symbols,
                 const struct mt_sites *sites, const struct mt_report_options *options,
                 struct mt_rows *ret_rows, struct mt_error *error)
{
    struct mt_rows rows = {0};
    rows.items = calloc(mt_sites_count(sites) + 1, sizeof *rows.items);
    int result = rows.items ? 0 : -1;
    if (rows.items && options->group_by == MT_GROUP_STACK)
        make_sites(trace, symbols, sites, &rows);
    else if (rows.items)
        result = make_groups(trace, symbols, sites, options->group_by, &rows);
    if (result != 0) {
        mt_rows_finish(&rows);
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory for its report",
                       mt_trace_path(trace));
    }
    select_rows(&rows, options);
    *ret_rows = rows;
    return MT_OK;
}

void mt_rows_finish(struct mt_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->items[i].group);
        free(rows->items[i].group_threads);
    }
    free(rows->items);
    *rows = (struct mt_rows){0};
}
