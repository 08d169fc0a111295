/* rows.c: takes the sites of a trace, gives what a report prints. Sites whose stacks lead through
 * the same places become one row (a library that was closed and opened again has other addresses,
 * but is the same code), with --group-by also those that are named alike. The order is by bytes (or
 * what --sort says), then by fingerprint, then by stack: the same trace always gives the same
 * report. */
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "drain.h"
#include "fingerprint.h"
#include "frames.h"
#include "hash.h"
#include "progress.h"
#include "report.h"
#include "rows.h"
#include "site_name.h"
#include "tally.h"

/* Finds the row of what a site has in common with others. */
struct slot {
    void *key;
    size_t row;             /* its index */
    uint64_t largest_bytes; /* of its sites */
    UT_hash_handle hh;
};

/* Bytes that are equal for sites that share a row. */
struct key {
    unsigned char *bytes;
    size_t count, room;
};

struct maker {
    const struct mt_trace *trace;
    struct mt_symbols *symbols;
    struct mt_hiding *hiding;
    enum mt_group_by group_by;
    struct mt_rows rows;
    struct slot *slots;
    struct key key;
};

static bool append(struct key *key, const void *bytes, size_t count)
{
    if (key->count + count > key->room) {
        const size_t room = 2 * (key->room + count);
        unsigned char *bigger = realloc(key->bytes, room);
        if (!bigger)
            return false;
        key->bytes = bigger;
        key->room = room;
    }
    memcpy(key->bytes + key->count, bytes, count);
    key->count += count;
    return true;
}

/* What --group-by groups a site under; the caller frees it. NULL where memory runs out. */
static char *name_group(const struct maker *maker, uint32_t stack, const char *scope)
{
    struct mt_frame_walk walk;
    if (maker->group_by == MT_GROUP_SCOPE)
        return strdup(scope ? scope : "outside of scopes");
    const struct mt_frame *frame = mt_site_frame(maker->trace, maker->symbols, stack, &walk);
    if (!frame)
        return strdup("?");
    if (maker->group_by == MT_GROUP_FUNCTION)
        return mt_frame_label(walk.location, frame);
    if (maker->group_by == MT_GROUP_FILE && frame->file)
        return strdup(frame->file);
    return strdup(walk.location->module ? walk.location->module->path : "?");
}

/* The places of all frames: equal for stacks through the same code, also where it was loaded at
 * other addresses in between. */
static bool append_stack(struct maker *maker, uint32_t stack)
{
    struct mt_frame_walk walk;
    mt_frames_begin(&walk, maker->trace, maker->symbols, stack);
    const struct mt_location *last = NULL;
    const struct mt_node *last_node = NULL;
    while (mt_frames_next(&walk)) {
        if (walk.node == last_node)
            continue; /* another call inlined there */
        last_node = walk.node;
        last = walk.location;
        if (!append(&maker->key, &last, sizeof last))
            return false;
    }
    /* Where nothing is known of a stack, only the stack itself is the same. */
    return last || append(&maker->key, &stack, sizeof stack);
}

static bool make_key(struct maker *maker, const struct mt_site *site, const char *group,
                     const char *scope, const struct mt_suppression *suppressed_by)
{
    const uint8_t head[] = {(uint8_t)site->kind, (uint8_t)site->verdict,
                            group ? 0 : (uint8_t)site->mapping_kind,
                            group ? 0 : (uint8_t)site->function};
    maker->key.count = 0;
    if (!append(&maker->key, head, sizeof head) ||
        !append(&maker->key, &suppressed_by, sizeof suppressed_by) ||
        !append(&maker->key, scope ? scope : "", scope ? strlen(scope) + 1 : 1))
        return false;
    return group ? append(&maker->key, group, strlen(group)) : append_stack(maker, site->stack);
}

/* Adds the threads of `site` to the row's; both lists ascend. */
static bool merge_threads(struct mt_row *row, const struct mt_site *site)
{
    const unsigned room = row->site.thread_count + site->thread_count;
    uint16_t *merged = malloc((room ? room : 1) * sizeof *merged);
    if (!merged)
        return false;
    unsigned count = 0, a = 0, b = 0;
    while (a < row->site.thread_count || b < site->thread_count) {
        uint16_t slot;
        if (b == site->thread_count ||
            (a < row->site.thread_count && row->site.threads[a] <= site->threads[b]))
            slot = row->site.threads[a++];
        else
            slot = site->threads[b++];
        if (count == 0 || merged[count - 1] != slot)
            merged[count++] = slot;
    }
    free(row->merged_threads);
    row->merged_threads = merged;
    row->site.threads = merged;
    row->site.thread_count = count;
    return true;
}

/* What became of the blocks that its stack has allocated. */
static void add_past(const struct maker *maker, struct mt_row *row, const struct mt_site *site)
{
    const struct mt_account_sum *account = mt_trace_account(maker->trace, site->stack);
    if (site->kind != MT_KIND_BLOCK)
        return;
    mt_freed_sum_add(&row->freed, maker->trace, site->stack);
    if (account)
        mt_account_sum_add(&row->account, account);
}

static bool add_to_row(struct maker *maker, struct slot *slot, const struct mt_site *site)
{
    struct mt_row *row = &maker->rows.items[slot->row];
    struct mt_site *sum = &row->site;
    if (site->bytes > slot->largest_bytes) {
        slot->largest_bytes = site->bytes;
        sum->stack = site->stack;
    }
    if (sum->function != site->function)
        sum->function = MT_FN_UNKNOWN;
    if (sum->mapping_kind != site->mapping_kind)
        sum->mapping_kind = MT_MAPPING_UNKNOWN;
    mt_site_add(sum, site);
    add_past(maker, row, site);
    if (site->oldest_ms < sum->oldest_ms)
        sum->oldest_ms = site->oldest_ms;
    if (site->newest_ms > sum->newest_ms)
        sum->newest_ms = site->newest_ms;
    if (row->group)
        row->site_count++;
    return merge_threads(row, site);
}

/* A row with `site` as its first; takes `group` over. */
static bool add_row(struct maker *maker, const struct mt_site *site, char *group,
                    struct mt_suppression *suppressed_by)
{
    struct slot *slot = calloc(1, sizeof *slot);
    void *key = malloc(maker->key.count);
    if (!slot || !key) {
        free(slot);
        free(key);
        free(group);
        return false;
    }
    memcpy(key, maker->key.bytes, maker->key.count);
    *slot = (struct slot){.key = key, .row = maker->rows.count, .largest_bytes = site->bytes};
    HASH_ADD_KEYPTR(hh, maker->slots, slot->key, maker->key.count, slot);
    struct mt_row *row = &maker->rows.items[maker->rows.count++];
    *row = (struct mt_row){
        .site = *site,
        .site_count = 1,
        .suppressed_by = suppressed_by,
        .scope = mt_trace_scope(maker->trace, site->stack),
        .group = group,
        .fingerprint = group
                           ? mt_fingerprint_of_name(site->kind, group)
                           : mt_fingerprint(maker->trace, maker->symbols, site->kind, site->stack),
    };
    add_past(maker, row, site);
    return true;
}

static void note_function(struct maker *maker, const struct mt_site *site,
                          struct mt_suppression *suppressed_by)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame = mt_site_frame(maker->trace, maker->symbols, site->stack, &walk);
    char *name = frame ? mt_frame_label(walk.location, frame) : NULL;
    if (name)
        mt_suppression_add_function(suppressed_by, name);
    free(name);
}

static bool add_site(struct maker *maker, const struct mt_site *site)
{
    char *group = NULL;
    const char *scope = mt_trace_scope(maker->trace, site->stack);
    if (maker->group_by != MT_GROUP_STACK && !(group = name_group(maker, site->stack, scope)))
        return false;
    struct slot *slot = NULL;
    struct mt_suppression *suppressed_by = mt_hiding_find(maker->hiding, site);
    if (suppressed_by)
        note_function(maker, site, suppressed_by);
    const bool has_key = make_key(maker, site, group, scope, suppressed_by);
    if (has_key)
        HASH_FIND(hh, maker->slots, maker->key.bytes, maker->key.count, slot);
    if (has_key && !slot)
        return add_row(maker, site, group, suppressed_by);
    free(group);
    return slot && add_to_row(maker, slot, site);
}

static void finish_maker(struct maker *maker)
{
    struct slot *slot, *next;
    MT_DRAIN(maker->slots, slot, next)
    {
        free(slot->key);
        free(slot);
    }
    free(maker->key.bytes);
}

/* ---- order ---- */

static int descending(uint64_t a, uint64_t b)
{
    return a > b ? -1 : a < b;
}

/* Text begins with what to mend: the heads of leaks, then what hangs on them. */
static int rank(enum mt_verdict verdict)
{
    static const int ranks[MT_VERDICT_COUNT] = {
        [MT_VERDICT_DEFINITE] = 0, [MT_VERDICT_SUSPECT] = 0, [MT_VERDICT_INDIRECT] = 1,
        [MT_VERDICT_POSSIBLE] = 2, [MT_VERDICT_NONE] = 3,    [MT_VERDICT_REACHABLE] = 4,
        [MT_VERDICT_IGNORED] = 5};
    return ranks[verdict];
}

/* A head counts with what it holds: who mends it gets all of it back. */
static int compare_heads_first(const struct mt_row *left, const struct mt_row *right)
{
    const int order = rank(left->site.verdict) - rank(right->site.verdict);
    return order ? order
                 : descending(left->site.bytes + left->site.held.bytes,
                              right->site.bytes + right->site.held.bytes);
}

static int compare_slopes(const struct mt_row *left, const struct mt_row *right)
{
    return left->slope.bytes_per_second > right->slope.bytes_per_second
               ? -1
               : left->slope.bytes_per_second < right->slope.bytes_per_second;
}

static int compare_by_bytes(const struct mt_row *left, const struct mt_row *right)
{
    int order = descending(left->site.bytes, right->site.bytes);
    if (order == 0)
        order = descending(right->fingerprint, left->fingerprint);
    if (order == 0)
        order = descending(right->site.stack, left->site.stack);
    if (order == 0)
        order = (int)left->site.mapping_kind - (int)right->site.mapping_kind;
    return order ? order : (int)left->site.verdict - (int)right->site.verdict;
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const struct mt_row *left = a, *right = b;
    const struct mt_report_options *options = context;
    const bool is_for_people = mt_report_formats[options->format].has_heads_first;
    int order = 0;
    if (options->growing && is_for_people)
        order = compare_slopes(left, right);
    else if (options->sort == MT_SORT_BLOCKS || options->view == MT_VIEW_TEMPORARY)
        order = descending(left->site.objects, right->site.objects);
    else if (options->sort == MT_SORT_RESIDENT)
        order = descending(left->site.pages.resident, right->site.pages.resident);
    else if (is_for_people)
        order = compare_heads_first(left, right);
    return order ? order : compare_by_bytes(left, right);
}

static bool is_selected(struct mt_row *row, const struct mt_report_options *options)
{
    if (row->site.bytes < options->min_bytes)
        return false;
    return !options->growing || mt_growth_is_steady(row->site.growth, &row->slope);
}

static void count_suppressed(struct mt_rows *rows, const struct mt_row *row)
{
    struct mt_suppression *by = row->suppressed_by;
    by->sites++;
    by->objects += row->site.objects;
    by->bytes += row->site.bytes;
    rows->suppressed.objects += row->site.objects;
    rows->suppressed.bytes += row->site.bytes;
}

/* Takes out the rows that are not wanted, sorts the others. */
static void select_rows(struct mt_rows *rows, const struct mt_report_options *options)
{
    const struct mt_report_format *format = &mt_report_formats[options->format];
    struct mt_sum selected = {0};
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct mt_row *row = &rows->items[i];
        mt_site_round(&row->site);
        const bool is_wanted = is_selected(row, options);
        if (is_wanted && row->suppressed_by)
            count_suppressed(rows, row);
        if (!is_wanted || (row->suppressed_by && !format->lists_suppressed)) {
            free(row->group);
            free(row->merged_threads);
            continue;
        }
        row->is_known = options->baseline && mt_tally_find(options->baseline, row->fingerprint);
        if (row->is_known && !row->suppressed_by) {
            rows->known.objects += row->site.objects;
            rows->known.bytes += row->site.bytes;
        } else if (!row->suppressed_by) {
            mt_sum_add(&selected, &row->site.sum);
            if (row->site.kind == MT_KIND_MAPPING)
                rows->selected_mappings += row->site.objects;
        }
        rows->items[kept++] = *row;
    }
    rows->selected = mt_sum_round(&selected);
    rows->count = kept;
    rows->shown = options->top && options->top < kept ? options->top : kept;
    if (kept)
        qsort_r(rows->items, kept, sizeof *rows->items, compare_rows, (void *)options);
}

int mt_rows_make(const struct mt_trace *trace, struct mt_symbols *symbols,
                 const struct mt_sites *sites, struct mt_hiding *hiding,
                 const struct mt_report_options *options, struct mt_rows *ret_rows,
                 struct mt_error *error)
{
    struct maker maker = {
        .trace = trace,
        .symbols = symbols,
        .hiding = hiding,
        .group_by = options->group_by,
    };
    const size_t count = mt_sites_count(sites);
    maker.rows.items = calloc(count + 1, sizeof *maker.rows.items);
    bool is_made = maker.rows.items != NULL;
    for (size_t i = 0; i < count && is_made; i++) {
        is_made = add_site(&maker, mt_sites_at(sites, i));
        mt_progress("reading symbols", i, count);
    }
    finish_maker(&maker);
    if (!is_made) {
        mt_rows_finish(&maker.rows);
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory for its report",
                       mt_trace_path(trace));
    }
    select_rows(&maker.rows, options);
    *ret_rows = maker.rows;
    return MT_OK;
}

void mt_rows_finish(struct mt_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->items[i].group);
        free(rows->items[i].merged_threads);
    }
    free(rows->items);
    *rows = (struct mt_rows){0};
}
