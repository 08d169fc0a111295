/* massif.c: what Valgrind's massif writes, for ms_print and massif-visualizer. Of export.h. A
 * snapshot for each look at the process that the trace has (what was alive then), and at the end
 * one with the tree of what the report selects: from the allocation outwards, a node's children are
 * its callers. Nodes below the hundredth part that massif itself shows are added up into one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "export.h"
#include "frames.h"
#include "printable.h"
#include "process_text.h"

enum { SHOWN_PARTS = 100, COMMAND_SIZE = 4096 };

/* A site on its way from its innermost frame outwards. */
struct path {
    struct mt_frame_walk walk;
    uint64_t bytes;
    uint64_t group_bytes; /* of all that have gone the same way up to here */
    char *label;          /* of the frame it has come to; NULL: there is none further out */
};

struct tree {
    FILE *out;
    uint64_t shown_bytes; /* a node of less is not shown */
    bool is_short;
};

/* ---- order ---- */

static int compare_labels(const void *a, const void *b)
{
    const struct path *left = a, *right = b;
    if (!left->label || !right->label)
        return !left->label - !right->label;
    return strcmp(left->label, right->label);
}

static int compare_groups(const void *a, const void *b)
{
    const struct path *left = a, *right = b;
    if (left->group_bytes != right->group_bytes)
        return left->group_bytes > right->group_bytes ? -1 : 1;
    return compare_labels(a, b);
}

static size_t group_end(const struct path *paths, size_t begin, size_t count)
{
    size_t end = begin + 1;
    while (end < count && compare_labels(&paths[begin], &paths[end]) == 0)
        end++;
    return end;
}

/* Sorts paths into groups that share a label, the most bytes first. */
static void sort_groups(struct path *paths, size_t count)
{
    qsort(paths, count, sizeof *paths, compare_labels);
    for (size_t begin = 0, end; begin < count; begin = end) {
        uint64_t bytes = 0;
        end = group_end(paths, begin, count);
        for (size_t i = begin; i < end; i++)
            bytes += paths[i].bytes;
        for (size_t i = begin; i < end; i++)
            paths[i].group_bytes = bytes;
    }
    qsort(paths, count, sizeof *paths, compare_groups);
}

/* ---- labels ---- */

/* "0x4711: main (cache.c:43)"; where the line is not known the file that holds the code. */
static char *label_of(const struct mt_frame_walk *walk, const struct mt_frame *frame)
{
    const struct mt_loaded *module = walk->location->module;
    const char *function = frame->function ? frame->function->brief : "???";
    char *label;
    int length;
    if (frame->file)
        length = asprintf(&label, "0x%" PRIX64 ": %s (%s:%" PRIu32 ")", walk->node->pc, function,
                          mt_base_name(frame->file), frame->line);
    else if (module)
        length =
            asprintf(&label, "0x%" PRIX64 ": %s (in %s)", walk->node->pc, function, module->path);
    else
        length = asprintf(&label, "0x%" PRIX64 ": %s", walk->node->pc, function);
    if (length < 0)
        return NULL;
    mt_make_printable(label);
    return label;
}

/* Takes every path to its next frame. */
static void step(struct tree *tree, struct path *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct mt_frame *frame = mt_frames_next(&paths[i].walk);
        free(paths[i].label);
        paths[i].label = frame ? label_of(&paths[i].walk, frame) : NULL;
        tree->is_short |= frame && !paths[i].label;
    }
}

/* ---- the tree ---- */

static void indent(const struct tree *tree, unsigned depth)
{
    fprintf(tree->out, "%*s", (int)depth, "");
}

struct children {
    size_t shown;   /* groups, the first ones */
    size_t others;  /* that are not shown */
    uint64_t bytes; /* of these */
};

/* `count` paths that have a label, in groups by their bytes. */
static struct children count_children(const struct tree *tree, const struct path *paths,
                                      size_t count)
{
    struct children children = {0};
    for (size_t begin = 0; begin < count; begin = group_end(paths, begin, count)) {
        if (paths[begin].group_bytes >= tree->shown_bytes) {
            children.shown++;
        } else {
            children.others++;
            children.bytes += paths[begin].group_bytes;
        }
    }
    return children;
}

/* A node of the paths that lead through it, and all that is further out. `label` lies with one of
 * the paths, and is gone when they step on. */
static void write_node(struct tree *tree, struct path *paths, size_t count, unsigned depth,
                       uint64_t bytes, const char *label)
{
    char *kept = strdup(label);
    step(tree, paths, count);
    sort_groups(paths, count);
    size_t going = 0; /* those at their outermost frame have no label: they come anywhere */
    for (size_t i = 0; i < count; i++) {
        if (paths[i].label) {
            const struct path swapped = paths[going];
            paths[going++] = paths[i];
            paths[i] = swapped;
        }
    }
    const struct children children = count_children(tree, paths, going);
    indent(tree, depth);
    fprintf(tree->out, "n%zu: %" PRIu64 " %s\n", children.shown + (children.others > 0), bytes,
            kept ? kept : "?");
    tree->is_short |= !kept;
    free(kept);
    size_t begin = 0;
    for (size_t i = 0; i < children.shown; i++) {
        const size_t end = group_end(paths, begin, going);
        write_node(tree, paths + begin, end - begin, depth + 1, paths[begin].group_bytes,
                   paths[begin].label);
        begin = end;
    }
    if (children.others) {
        indent(tree, depth + 1);
        fprintf(tree->out,
                "n0: %" PRIu64 " in %zu place%s, all below massif's threshold (1.00%%)\n",
                children.bytes, children.others, children.others == 1 ? "" : "s");
    }
}

static uint64_t sum_of(const struct mt_rows *rows)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < rows->shown; i++)
        bytes += rows->items[i].site.bytes;
    return bytes;
}

/* Returns whether there was memory enough. */
static bool write_tree(const struct mt_report *report, FILE *out)
{
    const struct mt_rows *rows = &report->rows;
    const uint64_t bytes = sum_of(rows);
    struct tree tree = {.out = out, .shown_bytes = (bytes + SHOWN_PARTS - 1) / SHOWN_PARTS};
    struct path *paths = calloc(rows->shown + 1, sizeof *paths);
    if (!paths)
        return false;
    for (size_t i = 0; i < rows->shown; i++) {
        paths[i].bytes = rows->items[i].site.bytes;
        mt_frames_begin(&paths[i].walk, report->trace, report->symbols, rows->items[i].site.stack);
    }
    write_node(&tree, paths, rows->shown, 0, bytes,
               "(heap allocation functions) malloc/new/new[], --alloc-fns, etc.");
    for (size_t i = 0; i < rows->shown; i++)
        free(paths[i].label);
    free(paths);
    return !tree.is_short;
}

/* ---- snapshots ---- */

static void write_snapshot(size_t number, uint64_t time_ms, uint64_t bytes, const char *tree,
                           FILE *out)
{
    fprintf(out,
            "#-----------\nsnapshot=%zu\n#-----------\ntime=%" PRIu64 "\nmem_heap_B=%" PRIu64
            "\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=%s\n",
            number, time_ms, bytes, tree);
}

/* What was alive at a look, of the kinds that are selected; false: it was not counted. */
static bool alive_at(const struct mt_look *look, unsigned kinds, uint64_t *ret_bytes)
{
    const uint64_t blocks = look->figures[MT_FIGURE_LIVE_BYTES];
    const uint64_t mappings = look->figures[MT_FIGURE_MAPPED_BYTES];
    const bool has_blocks = !kinds || kinds & 1u << MT_KIND_BLOCK;
    const bool has_mappings = !kinds || kinds & 1u << MT_KIND_MAPPING;
    *ret_bytes = (has_blocks ? blocks : 0) + (has_mappings ? mappings : 0);
    return !(has_blocks && blocks >= MT_FIGURE_UNLIMITED) &&
           !(has_mappings && mappings >= MT_FIGURE_UNLIMITED);
}

/* The end, or where that is not known when the last of what is there came. */
static uint64_t end_of(const struct mt_report *report)
{
    uint64_t end_ms = report->has_duration ? report->duration_ms : 0;
    for (size_t i = 0; i < report->rows.shown; i++)
        if (report->rows.items[i].site.newest_ms > end_ms)
            end_ms = report->rows.items[i].site.newest_ms;
    return end_ms;
}

int mt_export_massif(const struct mt_export *export, FILE *out, struct mt_error *error)
{
    const struct mt_report *report = export->reports[0];
    const uint64_t end_ms = end_of(report);
    char command[COMMAND_SIZE];
    size_t look_count, number = 0;
    const struct mt_look *looks = mt_trace_looks(report->trace, &look_count);
    mt_command_text(report->trace, command, sizeof command);
    fprintf(out, "desc: memtrace %s\ncmd: %s\ntime_unit: ms\n", MEMTRACE_VERSION, command);
    if (look_count == 0 || looks[0].taken_ms > 0)
        write_snapshot(number++, 0, 0, "empty", out);
    for (size_t i = 0; i < look_count; i++) {
        uint64_t bytes;
        if (looks[i].taken_ms <= end_ms && alive_at(&looks[i], export->options->kinds, &bytes))
            write_snapshot(number++, looks[i].taken_ms, bytes, "empty", out);
    }
    write_snapshot(number, end_ms, sum_of(&report->rows), "detailed", out);
    return write_tree(report, out)
               ? MT_OK
               : mt_fail(error, MT_UNREADABLE, "not enough memory for the tree");
}
