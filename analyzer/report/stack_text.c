/* stack_text.c: the frames of a stack, collected, measured and printed in two columns: what was
 * called, and where its code is. */
#include <stdlib.h>
#include <string.h>
#include "printable.h"
#include "site_name.h"
#include "source_path.h"
#include "squeeze.h"
#include "stack_text.h"

enum {
    INDENT = 4,
    SOURCE_INDENT = 8,
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
    char *source_path; /* where a click on the place leads; NULL: not known */
    const struct mt_frame *frame;
    bool is_aside; /* an allocator's, before the frame that names the site */
};

struct lines {
    struct line *items;
    size_t count, room;
    const struct mt_node *outermost;
};

/* ---- places ---- */

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
        snprintf(place, PLACE_SIZE, "%s:%u", fit_path(mt_path_below_here(frame->file)), frame->line);
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

static char *label_of(const struct mt_frame_walk *walk, const struct mt_frame *frame,
                      const struct mt_stack_style *style)
{
    return style->has_full_names && frame->function ? strdup(frame->function->full)
                                                    : mt_frame_label(walk->location, frame);
}

static void collect_lines(const struct mt_trace *trace, struct mt_symbols *symbols, uint32_t stack,
                          const struct mt_stack_style *style, struct lines *lines)
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
        line->frame = frame;
        line->whole_label = label_of(&walk, frame, style);
        if (!line->whole_label) {
            lines->count--;
            break;
        }
        mt_make_printable(line->whole_label);
        describe_place(&walk, frame, line->place);
        line->source_path = mt_source_absolute_path(frame);
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

/* What stands in the source where the site's memory is asked for. */
static void print_source(const struct mt_paper *paper, const struct mt_stack_style *style,
                         const struct mt_frame *frame)
{
    char text[MT_SOURCE_LINE_SIZE];
    if (!style->source || !mt_source_line(style->source, frame, text))
        return;
    mt_text_cut(text, MT_PAPER_COLUMNS - SOURCE_INDENT, sizeof text);
    mt_paper_print(paper, MT_INK_DIM, "%*s%s", SOURCE_INDENT, "> ", text);
    fputc('\n', paper->out);
}

/* In two columns, or where `label_columns` is 0 with the whole label and the place behind it. */
static void print_line(const struct mt_paper *paper, const struct line *line, size_t label_columns)
{
    const int pad = label_columns ? (int)(label_columns - mt_text_columns(line->label)) : 0;
    mt_paper_print(paper, line->is_aside ? MT_INK_DIM : MT_INK_PLAIN, "%s%s",
                   line->is_aside ? "  \xc2\xb7 " : "    ",
                   label_columns ? line->label : line->whole_label);
    if (line->place[0]) {
        fprintf(paper->out, "%*s  ", pad, "");
        mt_paper_link(paper, MT_INK_DIM, line->source_path, line->place);
    }
    fputc('\n', paper->out);
}

/* The first line that is no allocator's, if there is one. */
static size_t find_name(const struct lines *lines)
{
    size_t first = 0;
    while (first < lines->count && lines->items[first].is_aside)
        first++;
    return first < lines->count ? first : 0;
}

static void print_lines(const struct mt_paper *paper, const struct mt_stack_style *style,
                        struct lines *lines)
{
    const size_t first = style->frames ? find_name(lines) : 0;
    const size_t rest = lines->count - first;
    /* Where one is left over, its line takes no more room than one that says so. */
    const size_t shown = style->frames && rest > style->frames + 1 ? style->frames : rest;
    const size_t label_columns = style->has_full_names ? 0 : fit_labels(lines);
    bool is_named = false;
    for (size_t i = first; i < first + shown; i++) {
        const struct line *line = &lines->items[i];
        print_line(paper, line, label_columns);
        if (!line->is_aside && !is_named)
            print_source(paper, style, line->frame);
        is_named = is_named || !line->is_aside;
        const size_t repeats = count_repeats(lines, i);
        if (repeats >= REPEATS_MIN) {
            mt_paper_print(paper, MT_INK_DIM, "    (%zu times)\n", repeats);
            i += repeats - 1;
        }
    }
    if (shown < rest)
        fprintf(paper->out, "    and %zu more frames\n", rest - shown);
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

void mt_stack_print_styled(const struct mt_paper *paper, const struct mt_trace *trace,
                           struct mt_symbols *symbols, uint32_t stack,
                           const struct mt_stack_style *style)
{
    struct lines lines = {0};
    collect_lines(trace, symbols, stack, style, &lines);
    if (lines.count == 0)
        mt_paper_print(paper, MT_INK_WARNING, "    its stack was not recorded: no room\n");
    print_lines(paper, style, &lines);
    if (lines.count)
        print_cut(paper, trace, lines.outermost);
    for (size_t i = 0; i < lines.count; i++) {
        free(lines.items[i].whole_label);
        free(lines.items[i].source_path);
    }
    free(lines.items);
}

void mt_stack_print(const struct mt_paper *paper, const struct mt_trace *trace,
                    struct mt_symbols *symbols, uint32_t stack)
{
    mt_stack_print_styled(paper, trace, symbols, stack, &(struct mt_stack_style){0});
}
