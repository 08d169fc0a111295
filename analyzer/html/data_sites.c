/* data_sites.c: the rows of a report as columns. A column whose values are all the same is written
 * as that one value: most traces have one kind of object, and one function that gave them. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "data.h"
#include "freers.h"

struct context {
    const struct mt_report *report;
    struct mt_stacks *stacks;
};

/* The storage of most of a row's blocks, and whether others lie elsewhere: 2 * storage + others. Of
 * mappings it is 8 + their kind. */
static int64_t place_of(const struct context *context, const struct mt_row *row)
{
    (void)context;
    const struct mt_site *site = &row->site;
    int most = MT_STORAGE_UNKNOWN;
    unsigned kinds = 0;
    if (site->kind == MT_KIND_MAPPING)
        return 2 * MT_STORAGE_COUNT + (int)site->mapping_kind;
    for (int i = 0; i < MT_STORAGE_COUNT; i++) {
        kinds += site->storage[i] != 0;
        if (site->storage[i] > site->storage[most])
            most = i;
    }
    return 2 * most + (kinds > 1);
}

static int64_t node_of(const struct context *context, const struct mt_row *row)
{
    return row->group ? mt_stacks_add_name(context->stacks, row->group)
                      : mt_stacks_add(context->stacks, row->site.stack);
}

/* Why the stack ends where it does: 0 it is whole, 1 option depth, 2 no unwind information, 3 only
 * the caller was taken. */
static int64_t cut_of(const struct context *context, const struct mt_row *row)
{
    const struct mt_node *node = mt_trace_node(context->report->trace, row->site.stack), *parent;
    while (node && (parent = mt_trace_node(context->report->trace, node->parent)) &&
           !(parent->flags & MT_NODE_EPOCH))
        node = parent;
    if (!node || row->group)
        return 0;
    return node->flags & MT_NODE_CUT_DEPTH     ? 1
           : node->flags & MT_NODE_CUT_UNKNOWN ? 2
           : node->flags & MT_NODE_NO_STACK    ? 3
                                               : 0;
}

static int64_t known_pages(const struct context *context, const struct mt_row *row, bool is_known,
                           uint64_t bytes)
{
    (void)context;
    return is_known && mt_pages_are_seen(&row->site.pages, row->site.bytes) ? (int64_t)bytes : -1;
}

static int64_t resident_of(const struct context *context, const struct mt_row *row)
{
    return known_pages(context, row, context->report->pages_known.has_resident,
                       row->site.pages.resident);
}

static int64_t swapped_of(const struct context *context, const struct mt_row *row)
{
    return known_pages(context, row, context->report->pages_known.has_swapped,
                       row->site.pages.swapped);
}

/* "997 of 1,000 were freed, mostly in conn_close (server.c:88)", as the text report has it. */
static int64_t freed_of(const struct context *context, const struct mt_row *row)
{
    char *text = NULL;
    size_t length = 0;
    int64_t index = 0;
    FILE *out = row->group || !row->freed.freed ? NULL : open_memstream(&text, &length);
    if (!out)
        return 0;
    const struct mt_paper paper = {.out = out};
    mt_freers_print(&paper, context->report->trace, context->report->symbols, &row->freed,
                    row->site.stack);
    fclose(out);
    if (text && length > 5) /* four blanks, and the end of the line */
        index = (int64_t)mt_stacks_string(context->stacks, strtok(text + 4, "\n"));
    free(text);
    return index;
}

static int64_t suppressed_of(const struct context *context, const struct mt_row *row)
{
    return row->suppressed_by ? (int64_t)mt_stacks_string(context->stacks, row->suppressed_by->name)
                              : 0;
}

static int64_t scope_of(const struct context *context, const struct mt_row *row)
{
    return row->scope ? (int64_t)mt_stacks_string(context->stacks, row->scope) : 0;
}

/* What allocated; "" where objects differ in that. */
static int64_t function_of(const struct context *context, const struct mt_row *row)
{
    const enum mt_function function = row->site.function;
    return function ? (int64_t)mt_stacks_string(context->stacks, mt_function_name(function)) : 0;
}

#define FIELD_OF(name, field)                                                                      \
    static int64_t name(const struct context *context, const struct mt_row *row)                   \
    {                                                                                              \
        (void)context;                                                                             \
        return (int64_t)row->field;                                                                \
    }
FIELD_OF(bytes_of, site.bytes)
FIELD_OF(objects_of, site.objects)
FIELD_OF(verdict_of, site.verdict)
FIELD_OF(held_objects_of, site.held.objects)
FIELD_OF(held_bytes_of, site.held.bytes)
FIELD_OF(oldest_of, site.oldest_ms)
FIELD_OF(newest_of, site.newest_ms)
FIELD_OF(count_of, site_count)
FIELD_OF(rise_of, slope.bytes_per_second)

static const struct column {
    const char *name;
    int64_t (*value)(const struct context *context, const struct mt_row *row);
} columns[] = {
    {"node", node_of},
    {"cut", cut_of},
    {"verdict", verdict_of},
    {"bytes", bytes_of},
    {"objects", objects_of},
    {"resident", resident_of},
    {"swapped", swapped_of},
    {"held_objects", held_objects_of},
    {"held_bytes", held_bytes_of},
    {"place", place_of},
    {"freed", freed_of},
    {"oldest", oldest_of},
    {"newest", newest_of},
    {"count", count_of},
    {"rise", rise_of},
    {"suppressed", suppressed_of},
    {"scope", scope_of},
    {"function", function_of},
};

static void write_column(const char *name, const int64_t *values, size_t count, FILE *out)
{
    size_t same = 0;
    while (same < count && values[same] == values[0])
        same++;
    fprintf(out, "\"%s\":", name);
    if (same == count) {
        fprintf(out, "%" PRId64 ",\n", count ? values[0] : 0);
        return;
    }
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%c%" PRId64, i ? ',' : '[', values[i]);
    fputs("],\n", out);
}

void mt_data_write_sites(const struct mt_report *report, struct mt_stacks *stacks, FILE *out)
{
    const struct context context = {report, stacks};
    const struct mt_row *rows = report->rows.items;
    const size_t count = report->rows.shown;
    int64_t *values = calloc(count + 1, sizeof *values);
    fprintf(out, "\"sites\":{\"length\":%zu,\n", values ? count : 0);
    for (size_t i = 0; values && i < sizeof columns / sizeof *columns; i++) {
        for (size_t row = 0; row < count; row++)
            values[row] = columns[i].value(&context, &rows[row]);
        write_column(columns[i].name, values, count, out);
    }
    fputs("\"fingerprints\":\"", out); /* 16 digits each */
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%016" PRIx64, rows[i].fingerprint);
    fputs("\"},\n", out);
    free(values);
}
