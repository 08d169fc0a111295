/* stack_text.c: the frames of a stack, collected, measured and printed in two columns: what was
 * called, and where its code is. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "printable.h"
#include "site_name.h"
#include "squeeze.h"
#include "stack_text.h"

enum {
    INDENT = 4,
    LABEL_SIZE = 512,
    PLACE_SIZE = 512,
    PATH_COLUMNS = 22, /* a longer path loses folders at its front */
    LABEL_COLUMNS_MIN = 30,
    REPEATS_MIN = 4, /* so many equal lines are printed as one */
};

struct line {
    char *whole_label;
    char label[LABEL_SIZE]; /* as it fits */
    char place[PLACE_SIZE];
    bool is_aside; /* an allocator's, before the frame that names the site */
};

struct lines {
    struct line *items;
    size_t count, room;
    const struct mt_node *outermost;
};

/* ---- places ---- */

/* The part of an absolute path below the working directory, or the path. */
static const char *below_here(const char *path)
{
    static char here[4096];
    if (!here[0] && !getcwd(here, sizeof here))
        return path;
    const size_t length = strlen(here);
    return strncmp(path, here, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

/* The end of a path: as many whole components as fit. */
static const char *fit_path(const char *path)
{
    const char *rest = path;
    while (mt_text_columns(rest) > PATH_COLUMNS) {
        const char *slash = strchr(rest + 1, '/');
        if (!slash)
            break;
        rest = slash + 1;
    }
    return rest;
}

static void describe_place(const struct mt_frame_walk *walk, const struct mt_frame *frame,
                           char *place)
{
    place[0] = 0;
    if (frame->file)
        snprintf(place, PLACE_SIZE, "%s:%u", fit_path(below_here(frame->file)), frame->line);
    else if (walk->location->module && frame->function)
        snprintf(place, PLACE_SIZE, "%s", fit_path(mt_base_name(walk->location->module->path)));
    mt_make_printable(place);
}

/* ---- lines ---- */

static struct line *add_line(struct lines *lines)
{
    if (lines->count == lines->room) {
        const size_t room = lines->room ? 2 * lines->room : 64;
        struct line *items = reallocarray(lines->items, room, sizeof *items);
        if (!items)
            return NULL;
        lines->items = items;
        lines->room = room;
    }
    return &lines->items[lines->count++];
}

static void collect_lines(const struct mt_trace *trace, struct mt_symbols *symbols, uint32_t stack,
                          struct lines *lines)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame;
    struct line *line;
    bool is_aside = true;
    mt_frames_begin(&walk, trace, symbols, stack);
    while ((frame = mt_frames_next(&walk)) && !mt_is_start_frame(frame) &&
           (line = add_line(lines))) {
        lines->outermost = walk.node;
        is_aside = is_aside && mt_is_allocator_frame(frame);
        line->is_aside = is_aside;
        line->whole_label = mt_frame_label(walk.location, frame);
        if (!line->whole_label) {
            lines->count--;
            break;
        }
        mt_make_printable(line->whole_label);
        describe_place(&walk, frame, line->place);
        if (mt_is_main_frame(frame))
            break;
    }
}

static size_t widest(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Makes the labels fit beside the places; returns the columns that they take then. */
static size_t fit_labels(struct lines *lines)
{
    size_t place_columns = 0, label_columns = 0;
    for (size_t i = 0; i < lines->count; i++)
        place_columns = widest(place_columns, mt_text_columns(lines->items[i].place));
    const size_t taken = INDENT + 2 + place_columns;
    const size_t room =
        widest(LABEL_COLUMNS_MIN, taken < MT_PAPER_COLUMNS ? MT_PAPER_COLUMNS - taken : 0);
    for (size_t i = 0; i < lines->count; i++) {
        struct line *line = &lines->items[i];
        mt_text_squeeze(line->whole_label, room, line->label, sizeof line->label);
        label_columns = widest(label_columns, mt_text_columns(line->label));
    }
    return label_columns;
}

/* How many lines from `first` on are the same: a function that calls itself. */
static size_t count_repeats(const struct lines *lines, size_t first)
{
    size_t end = first + 1;
    while (end < lines->count &&
           strcmp(lines->items[first].whole_label, lines->items[end].whole_label) == 0 &&
           strcmp(lines->items[first].place, lines->items[end].place) == 0)
        end++;
    return end - first;
}

static void print_lines(const struct mt_paper *paper, struct lines *lines)
{
    const size_t label_columns = fit_labels(lines);
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->items[i];
        const int pad = (int)(label_columns - mt_text_columns(line->label));
        const enum mt_ink ink = line->is_aside ? MT_INK_DIM : MT_INK_PLAIN;
        mt_paper_print(paper, ink, "%s%s", line->is_aside ? "  \xc2\xb7 " : "    ", line->label);
        if (line->place[0])
            mt_paper_print(paper, MT_INK_DIM, "%*s  %s", pad, "", line->place);
        fputc('\n', paper->out);
        const size_t repeats = count_repeats(lines, i);
        if (repeats >= REPEATS_MIN) {
            mt_paper_print(paper, MT_INK_DIM, "    (%zu times)\n", repeats);
            i += repeats - 1;
        }
    }
}

/* ---- the end of a stack ---- */

static void print_cut(const struct mt_paper *paper, const struct mt_trace *trace,
                      const struct mt_node *outermost)
{
    const unsigned flags = outermost->flags;
    if (flags & MT_NODE_CUT_DEPTH)
        mt_paper_print(paper, MT_INK_WARNING,
                       "    stack cut: only %llu frames were kept (MEMTRACE_OPTIONS=depth=512)\n",
                       (unsigned long long)mt_trace_header(trace)->depth_max);
    else if (flags & MT_NODE_CUT_UNKNOWN)
        mt_paper_print(paper, MT_INK_WARNING, "    stack cut: no unwind information beyond\n");
    else if (flags & MT_NODE_NO_STACK)
        mt_paper_print(paper, MT_INK_WARNING,
                       "    stack cut: inside a signal handler or the tracer, only the caller\n");
}

void mt_stack_print(const struct mt_paper *paper, const struct mt_trace *trace,
                    struct mt_symbols *symbols, uint32_t stack)
{
    struct lines lines = {0};
    collect_lines(trace, symbols, stack, &lines);
    if (lines.count == 0)
        mt_paper_print(paper, MT_INK_WARNING, "    its stack was not recorded: no room\n");
    print_lines(paper, &lines);
    if (lines.count)
        print_cut(paper, trace, lines.outermost);
    for (size_t i = 0; i < lines.count; i++)
        free(lines.items[i].whole_label);
    free(lines.items);
}
