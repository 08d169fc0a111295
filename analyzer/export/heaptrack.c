/* heaptrack.c: heaptrack's data as its recorder leaves it, for heaptrack_print and heaptrack_gui.
 * Of export.h. Lines of hexadecimal numbers, each definition before its first use:
 *
 *   s TEXT               a string; the first is 1, as in all lists but that of `a`
 *   i IP MODULE (FUNCTION FILE LINE)...   an instruction, with its inlined calls, innermost first
 *   t INSTRUCTION CALLER a stack: an instruction and the stack of its caller
 *   a SIZE STACK         a kind of allocation; the first is 0
 *   + KIND               an allocation        c MS, R PAGES: the time, and the resident pages then
 *
 * Its reader counts what is never freed as leaked, so only what is unfreed is written. Two things a
 * trace does not keep for each object are made up from its site: the sizes are the mean, rounded so
 * that the sum is exact, and the time is when the last one of the site came. The name of the file
 * decides on compression, as it does when it is read: .gz or .zst. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "compressed.h"
#include "export.h"
#include "frames.h"
#include "numbers.h"
#include "printable.h"
#include "process_text.h"

enum { PAGE_BYTES = 4096, COMMAND_SIZE = 4096 };
enum { OBJECTS_MAX = 1 << 28 }; /* each is a line */

struct writer {
    const struct mt_report *report;
    FILE *out;
    struct mt_numbers strings, instructions;
    uint32_t *stacks; /* by node id; 0: not written yet */
    uint32_t stack_count;
    uint64_t kind_count;
    bool is_short;
};

/* ---- what allocations refer to ---- */

static uint32_t write_string(struct writer *writer, const char *text)
{
    bool is_new;
    char *copy = text ? strdup(text) : NULL;
    if (!copy) {
        writer->is_short |= text != NULL;
        return 0;
    }
    mt_make_printable(copy); /* no newline, that is */
    const uint32_t number = mt_numbers_get(&writer->strings, copy, strlen(copy), &is_new);
    if (is_new)
        fprintf(writer->out, "s %s\n", copy);
    free(copy);
    return number;
}

struct numbers_of_frame {
    uint32_t function, file, line;
};

static uint32_t write_instruction(struct writer *writer, const struct mt_node *node,
                                  const struct mt_location *location)
{
    const uint64_t key[] = {node->pc, node->module};
    bool is_new;
    const uint32_t number = mt_numbers_get(&writer->instructions, key, sizeof key, &is_new);
    if (!is_new)
        return number;
    const uint32_t module = write_string(writer, location->module ? location->module->path : NULL);
    struct numbers_of_frame *frames = calloc(location->frame_count, sizeof *frames);
    for (unsigned i = 0; frames && i < location->frame_count; i++) {
        const struct mt_frame *frame = &location->frames[i];
        frames[i].function = write_string(writer, frame->function ? frame->function->full : NULL);
        frames[i].file = write_string(writer, frame->file);
        frames[i].line = frame->line;
    }
    fprintf(writer->out, "i %" PRIx64 " %" PRIx32, node->pc, module);
    for (unsigned i = 0; frames && i < location->frame_count; i++)
        fprintf(writer->out, " %" PRIx32 " %" PRIx32 " %" PRIx32, frames[i].function,
                frames[i].file, frames[i].line);
    fputc('\n', writer->out);
    writer->is_short |= !frames;
    free(frames);
    return number;
}

/* The nodes of a stack without those of the tracer, innermost first: their ids, and what is at
 * each. A caller is written before its callee, so they are gathered first. */
struct step {
    uint32_t node_id, instruction;
};

static size_t gather(struct writer *writer, uint32_t stack, struct step **ret_steps)
{
    struct mt_frame_walk walk;
    struct step *steps = NULL;
    size_t count = 0, room = 0;
    mt_frames_begin(&walk, writer->report->trace, writer->report->symbols, stack);
    while (mt_frames_next(&walk)) {
        if (count && steps[count - 1].node_id == walk.node_id)
            continue; /* another call inlined there */
        if (count == room) {
            room = 2 * room + 64;
            struct step *bigger = reallocarray(steps, room, sizeof *steps);
            if (!bigger) {
                writer->is_short = true;
                break;
            }
            steps = bigger;
        }
        steps[count++] =
            (struct step){walk.node_id, write_instruction(writer, walk.node, walk.location)};
        if (writer->stacks[walk.node_id])
            break; /* and with it all its callers */
    }
    *ret_steps = steps;
    return count;
}

static uint32_t write_stack(struct writer *writer, uint32_t stack)
{
    struct step *steps;
    size_t left = gather(writer, stack, &steps);
    uint32_t caller = 0;
    while (left--) {
        uint32_t *known = &writer->stacks[steps[left].node_id];
        if (!*known) {
            *known = ++writer->stack_count;
            fprintf(writer->out, "t %" PRIx32 " %" PRIx32 "\n", steps[left].instruction, caller);
        }
        caller = *known;
    }
    free(steps);
    return caller;
}

/* ---- allocations ---- */

static void write_allocations(struct writer *writer, uint32_t stack, uint64_t bytes, uint64_t count)
{
    if (count == 0)
        return;
    fprintf(writer->out, "a %" PRIx64 " %" PRIx32 "\n", bytes, stack);
    for (uint64_t i = 0; i < count; i++)
        fprintf(writer->out, "+ %" PRIx64 "\n", writer->kind_count);
    writer->kind_count++;
}

static void write_row(struct writer *writer, const struct mt_row *row)
{
    const uint64_t objects = row->site.objects ? row->site.objects : 1; /* pieces of a mapping */
    const uint64_t mean = row->site.bytes / objects, larger = row->site.bytes % objects;
    const uint32_t stack = write_stack(writer, row->site.stack);
    write_allocations(writer, stack, mean, objects - larger);
    write_allocations(writer, stack, mean + 1, larger);
}

/* ---- time ---- */

static int compare_times(const void *a, const void *b)
{
    const struct mt_row *left = *(const struct mt_row *const *)a;
    const struct mt_row *right = *(const struct mt_row *const *)b;
    if (left->site.newest_ms != right->site.newest_ms)
        return left->site.newest_ms < right->site.newest_ms ? -1 : 1;
    return left < right ? -1 : left > right;
}

/* Resident pages as they were seen up to then. Returns the next look. */
static size_t write_looks(struct writer *writer, size_t next, uint64_t until_ms)
{
    size_t count;
    const struct mt_look *looks = mt_trace_looks(writer->report->trace, &count);
    for (; next < count && looks[next].taken_ms <= until_ms; next++) {
        const uint64_t resident = looks[next].figures[MT_FIGURE_VM_RSS];
        if (resident < MT_FIGURE_UNLIMITED)
            fprintf(writer->out, "c %" PRIx64 "\nR %" PRIx64 "\n", looks[next].taken_ms,
                    resident / PAGE_BYTES);
    }
    return next;
}

static void write_rows(struct writer *writer, const struct mt_row **by_time)
{
    const struct mt_rows *rows = &writer->report->rows;
    size_t look = 0;
    for (size_t i = 0; i < rows->shown; i++)
        by_time[i] = &rows->items[i];
    if (rows->shown)
        qsort(by_time, rows->shown, sizeof(const struct mt_row *), compare_times);
    for (size_t i = 0; i < rows->shown && !writer->is_short; i++) {
        look = write_looks(writer, look, by_time[i]->site.newest_ms);
        fprintf(writer->out, "c %" PRIx64 "\n", by_time[i]->site.newest_ms);
        write_row(writer, by_time[i]);
    }
    write_looks(writer, look, UINT64_MAX);
    if (writer->report->has_duration)
        fprintf(writer->out, "c %" PRIx64 "\n", writer->report->duration_ms);
}

/* ---- head ---- */

static void write_system(struct writer *writer)
{
    size_t count;
    const struct mt_look *looks = mt_trace_looks(writer->report->trace, &count);
    const uint64_t total = count ? looks[0].figures[MT_FIGURE_MEM_TOTAL] : MT_FIGURE_UNKNOWN;
    if (total < MT_FIGURE_UNLIMITED)
        fprintf(writer->out, "I %x %" PRIx64 "\n", PAGE_BYTES, total / PAGE_BYTES);
}

static bool write_all(const struct mt_report *report, FILE *out)
{
    struct writer writer = {.report = report, .out = out};
    const struct mt_row **by_time = calloc(report->rows.shown + 1, sizeof *by_time);
    char command[COMMAND_SIZE];
    writer.stacks = calloc((size_t)mt_trace_node_limit(report->trace) + 1, sizeof *writer.stacks);
    writer.is_short = !by_time || !writer.stacks;
    mt_command_text(report->trace, command, sizeof command);
    /* heaptrack's version that wrote like this, the format's version */
    fprintf(out, "v 10400 2\nX %s\n", command);
    write_system(&writer);
    if (!writer.is_short)
        write_rows(&writer, by_time);
    mt_numbers_finish(&writer.strings);
    mt_numbers_finish(&writer.instructions);
    free(writer.stacks);
    free(by_time);
    return !writer.is_short;
}

/* A damaged trace may speak of more objects than any disk has room for. */
static bool can_be_listed(const struct mt_rows *rows)
{
    uint64_t left = OBJECTS_MAX;
    for (size_t i = 0; i < rows->shown; i++) {
        if (rows->items[i].site.objects > left)
            return false;
        left -= rows->items[i].site.objects;
    }
    return true;
}

static bool ends_with(const char *name, const char *ending)
{
    const size_t length = name ? strlen(name) : 0, tail = strlen(ending);
    return length > tail && strcmp(name + length - tail, ending) == 0;
}

int mt_export_heaptrack(const struct mt_export *export, FILE *out, struct mt_error *error)
{
    if (!can_be_listed(&export->reports[0]->rows))
        return mt_fail(error, MT_UNREADABLE,
                       "heaptrack: more than %d objects, of which each is a line "
                       "(try: --format=pprof)",
                       OBJECTS_MAX);
    const bool is_gzip = ends_with(export->file, ".gz"), is_zstd = ends_with(export->file, ".zst");
    FILE *packed = is_gzip || is_zstd ? mt_compressed_open(out, is_gzip ? MT_GZIP : MT_ZSTD) : out;
    bool is_whole = packed && write_all(export->reports[0], packed);
    if (packed && packed != out)
        is_whole &= fclose(packed) == 0 || ferror(out);
    return is_whole ? MT_OK : mt_fail(error, MT_UNREADABLE, "not enough memory for the stacks");
}
