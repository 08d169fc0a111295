/* stacks.c: stacks of the trace -> numbered strings, frames and nodes, written as columns: the same
 * few thousand names and frames make up all stacks of a report. A frame n from 0 on is a function,
 * one below 0 an address (number -1 - n) of which only the module is known. A node follows its
 * caller, most often at once: `up` is the distance between the two, 0 where it has none. */
#include "stacks.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "drain.h"
#include "frames.h"
#include "hash.h"
#include "json_values.h"
#include "printable.h"
#include "site_name.h"
#include "squeeze.h"

enum { NAME_COLUMNS = 600, NAME_SIZE = 4 * NAME_COLUMNS, FRAMES_MAX = 4096 };

enum { FRAME_INLINED = 1 << 0, FRAME_ALLOCATOR = 1 << 1 };

struct string {
    size_t index;
    UT_hash_handle hh;
    char text[];
};

struct function {
    uint64_t name, full, file, module, source; /* strings */
    uint64_t line, flags;
};

struct address {
    uint64_t module; /* a string */
    uint64_t offset;
};

/* The number of a frame, by the frame itself or, where nothing is known of it, by its location. */
struct known {
    const void *key;
    long frame;
    UT_hash_handle hh;
};

struct node {
    long parent, frame;
};

/* Items in the order in which they were met. */
struct list {
    void *items;
    size_t count, room;
};

struct mt_stacks {
    const struct mt_trace *trace;
    struct mt_symbols *symbols;
    struct mt_source_lines *lines;
    struct string *strings; /* a hash table keeps the order of its items */
    struct known *known;
    struct list functions, addresses, nodes;
    size_t string_count;
    uint32_t limit;
    long *by_stack; /* by node id of the trace: the node here, as an index + 1; 0: not met yet */
};

static void *add_item(struct list *list, size_t bytes)
{
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 256;
        void *items = reallocarray(list->items, room, bytes);
        if (!items)
            return NULL;
        list->items = items;
        list->room = room;
    }
    return (char *)list->items + bytes * list->count++;
}

/* ---- strings ---- */

size_t mt_stacks_string(struct mt_stacks *stacks, const char *text)
{
    char fitted[NAME_SIZE];
    struct string *string;
    mt_text_squeeze(text ? text : "", NAME_COLUMNS, fitted, sizeof fitted);
    mt_make_printable(fitted);
    HASH_FIND_STR(stacks->strings, fitted, string);
    if (string)
        return string->index;
    const size_t length = strlen(fitted);
    if (!(string = malloc(sizeof *string + length + 1)))
        return 0;
    string->index = stacks->string_count++;
    memcpy(string->text, fitted, length + 1);
    HASH_ADD_KEYPTR(hh, stacks->strings, string->text, length, string);
    return string->index;
}

/* ---- frames ---- */

static size_t source_of(struct mt_stacks *stacks, const struct mt_frame *frame)
{
    char line[MT_SOURCE_LINE_SIZE];
    return mt_source_line(stacks->lines, frame, line) ? mt_stacks_string(stacks, line) : 0;
}

static long add_function(struct mt_stacks *stacks, const struct mt_location *location,
                         const struct mt_frame *frame)
{
    char *label = mt_frame_label(location, frame);
    struct function *function = add_item(&stacks->functions, sizeof *function);
    if (function && label) {
        *function = (struct function){
            .name = mt_stacks_string(stacks, label),
            .full = frame->function ? mt_stacks_string(stacks, frame->function->full) : 0,
            .file = mt_stacks_string(stacks, frame->file),
            .module = mt_stacks_string(stacks, location->module ? location->module->path : NULL),
            .source = source_of(stacks, frame),
            .line = frame->line,
            .flags = (frame->is_inlined ? FRAME_INLINED : 0u) |
                     (mt_is_allocator_frame(frame) ? FRAME_ALLOCATOR : 0u),
        };
        if (function->full == function->name)
            function->full = 0;
    }
    free(label);
    return function ? (long)stacks->functions.count - 1 : -1;
}

static long add_address(struct mt_stacks *stacks, const struct mt_location *location)
{
    struct address *address = add_item(&stacks->addresses, sizeof *address);
    if (address)
        *address = (struct address){
            mt_stacks_string(stacks, location->module ? location->module->path : NULL),
            location->offset,
        };
    return -(long)stacks->addresses.count;
}

static long frame_of(struct mt_stacks *stacks, const struct mt_location *location,
                     const struct mt_frame *frame)
{
    const bool is_function = frame->function || frame->file;
    const void *key = is_function ? (const void *)frame : (const void *)location;
    struct known *known;
    HASH_FIND_PTR(stacks->known, &key, known);
    if (!known && (known = malloc(sizeof *known))) {
        known->key = key;
        known->frame =
            is_function ? add_function(stacks, location, frame) : add_address(stacks, location);
        HASH_ADD_PTR(stacks->known, key, known);
    }
    return known ? known->frame : -1;
}

/* ---- nodes ---- */

static long add_node(struct mt_stacks *stacks, long parent, long frame)
{
    struct node *node = add_item(&stacks->nodes, sizeof *node);
    if (node)
        *node = (struct node){parent, frame};
    return node ? (long)stacks->nodes.count - 1 : -1;
}

/* The frames from the innermost on, up to one from where on the stack is known. */
struct path {
    struct step {
        long frame;
        uint32_t stack; /* that begins with the frame; 0: it is inlined into one that does */
    } steps[FRAMES_MAX];
    size_t count;
    long known; /* node of the rest; -1: there is none */
};

static void find_path(struct mt_stacks *stacks, uint32_t stack, struct path *path)
{
    struct mt_frame_walk walk;
    path->count = 0;
    path->known = -1;
    mt_frames_begin(&walk, stacks->trace, stacks->symbols, stack);
    while (path->count < FRAMES_MAX) {
        const uint32_t next = walk.next_node;
        const struct mt_node *before = walk.node;
        const bool is_whole = !walk.location || walk.next_frame >= walk.location->frame_count;
        if (is_whole && next < stacks->limit && stacks->by_stack[next]) {
            path->known = stacks->by_stack[next] - 1;
            break;
        }
        const struct mt_frame *frame = mt_frames_next(&walk);
        if (!frame || mt_is_start_frame(frame))
            break;
        path->steps[path->count++] = (struct step){
            .frame = frame_of(stacks, walk.location, frame),
            .stack = walk.node == before ? 0 : next,
        };
        if (mt_is_main_frame(frame))
            break;
    }
}

long mt_stacks_add(struct mt_stacks *stacks, uint32_t stack)
{
    struct path path;
    find_path(stacks, stack, &path);
    long node = path.known;
    while (path.count > 0) {
        const struct step *step = &path.steps[--path.count];
        node = add_node(stacks, node, step->frame);
        if (step->stack && step->stack < stacks->limit)
            stacks->by_stack[step->stack] = node + 1;
    }
    return node;
}

long mt_stacks_add_name(struct mt_stacks *stacks, const char *name)
{
    const size_t index = mt_stacks_string(stacks, name);
    struct function *function = add_item(&stacks->functions, sizeof *function);
    if (!function)
        return -1;
    *function = (struct function){.name = index};
    return add_node(stacks, -1, (long)stacks->functions.count - 1);
}

/* ---- life ---- */

struct mt_stacks *mt_stacks_create(const struct mt_trace *trace, struct mt_symbols *symbols,
                                   struct mt_source_lines *lines)
{
    struct mt_stacks *stacks = calloc(1, sizeof *stacks);
    if (!stacks)
        return NULL;
    *stacks = (struct mt_stacks){.trace = trace, .symbols = symbols, .lines = lines};
    stacks->by_stack = calloc((size_t)mt_trace_node_limit(trace) + 1, sizeof *stacks->by_stack);
    stacks->limit = stacks->by_stack ? mt_trace_node_limit(trace) : 0;
    mt_stacks_string(stacks, "");
    return stacks;
}

void mt_stacks_destroy(struct mt_stacks *stacks)
{
    struct string *string, *next_string;
    struct known *known, *next_known;
    if (!stacks)
        return;
    MT_DRAIN(stacks->strings, string, next_string)
    {
        free(string);
    }
    MT_DRAIN(stacks->known, known, next_known)
    {
        free(known);
    }
    free(stacks->functions.items);
    free(stacks->addresses.items);
    free(stacks->nodes.items);
    free(stacks->by_stack);
    free(stacks);
}

/* ---- writing ---- */

static void write_strings(const struct mt_stacks *stacks, FILE *out)
{
    const char *separator = "\"strings\":[";
    for (const struct string *string = stacks->strings; string; string = string->hh.next) {
        fputs(separator, out);
        mt_json_write(json_string(string->text), out);
        separator = ",";
    }
    fputs("],\n", out);
}

/* A column of a list: the numbers that lie so many bytes into each item. */
struct column {
    const char *name;
    size_t offset;
};

static void write_columns(const char *name, const struct list *list, size_t item_bytes,
                          const struct column *columns, FILE *out)
{
    fprintf(out, "\"%s\":", name);
    for (const struct column *column = columns; column->name; column++) {
        const char *items = list->items;
        fprintf(out, "%c\"%s\":[", column == columns ? '{' : ',', column->name);
        for (size_t i = 0; i < list->count; i++)
            fprintf(out, i ? ",%" PRIu64 : "%" PRIu64,
                    *(const uint64_t *)(items + i * item_bytes + column->offset));
        fputc(']', out);
    }
    fputs("},\n", out);
}

static void write_frames(const struct mt_stacks *stacks, FILE *out)
{
    static const struct column of_functions[] = {
        {"name", offsetof(struct function, name)},
        {"full", offsetof(struct function, full)},
        {"file", offsetof(struct function, file)},
        {"line", offsetof(struct function, line)},
        {"module", offsetof(struct function, module)},
        {"source", offsetof(struct function, source)},
        {"flags", offsetof(struct function, flags)},
        {NULL, 0},
    };
    static const struct column of_addresses[] = {
        {"module", offsetof(struct address, module)},
        {"offset", offsetof(struct address, offset)},
        {NULL, 0},
    };
    write_columns("functions", &stacks->functions, sizeof(struct function), of_functions, out);
    write_columns("addresses", &stacks->addresses, sizeof(struct address), of_addresses, out);
}

static void write_nodes(const struct mt_stacks *stacks, FILE *out)
{
    const struct node *nodes = stacks->nodes.items;
    fputs("\"nodes\":{\"frame\":[", out);
    for (size_t i = 0; i < stacks->nodes.count; i++)
        fprintf(out, i ? ",%ld" : "%ld", nodes[i].frame);
    fputs("],\"up\":[", out);
    for (size_t i = 0; i < stacks->nodes.count; i++)
        fprintf(out, i ? ",%ld" : "%ld", nodes[i].parent < 0 ? 0 : (long)i - nodes[i].parent);
    fputs("]},\n", out);
}

void mt_stacks_write(const struct mt_stacks *stacks, FILE *out)
{
    write_strings(stacks, out);
    write_frames(stacks, out);
    write_nodes(stacks, out);
}
