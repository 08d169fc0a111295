/* map_text.c: a map for people: the segments and the kernel's own sums beside theirs, the heaps and
 * what pins them, a picture, and what is mapped again and again. What came from the trace or from
 * the kernel passes mt_make_printable before it reaches a terminal. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "frames.h"
#include "heap_picture.h"
#include "map_text.h"
#include "printable.h"
#include "process_text.h"
#include "site_name.h"
#include "squeeze.h"

enum {
    NAME_SIZE = 512,
    LINE_SIZE = 4096,
    HEAPS_SHOWN = 8,
    CHURN_SHOWN = 5,
    CHURN_LEAST_BYTES = 1 << 20,
    UNTRACKED_SHOWN = 3
};

/* ---- head ---- */

static void print_head(const struct mt_paper *paper, const struct mt_map *map)
{
    char command[LINE_SIZE], line[NAME_SIZE], end[MT_END_SIZE], taken[MT_NUMBER_SIZE];
    mt_command_text(map->trace, command, sizeof command);
    mt_end_text(map->trace, map->fate, end);
    mt_text_squeeze(command, MT_PAPER_COLUMNS, line, sizeof line);
    mt_paper_print(paper, MT_INK_BOLD, "%s", line);
    fprintf(paper->out, "\nprocess %u %s", mt_trace_header(map->trace)->pid, end);
    if (map->space.source == MT_SPACE_PROCESS)
        fputs(" \xc2\xb7 as the kernel has it now\n", paper->out);
    else if (map->space.source == MT_SPACE_SNAPSHOT)
        fprintf(paper->out, " \xc2\xb7 as it saw itself after %s\n",
                mt_duration_text(map->space.snapshot->taken_ms, taken));
    else
        fputc('\n', paper->out);
}

static void print_remarks(const struct mt_paper *paper, const struct mt_map *map)
{
    const enum mt_residency residency = map->space.residency;
    if (map->space.source == MT_SPACE_NONE) {
        fputs("Its address space is not known: it did not look at itself before it ended.\n",
              paper->out);
        return;
    }
    if (residency == MT_RESIDENCY_NONE)
        fputs("What is in RAM is not known: the kernel did not say.\n", paper->out);
    else if (residency == MT_RESIDENCY_MINCORE)
        fputs("What is in swap is not known (mincore does not say).\n", paper->out);
    if (!map->segments.is_glibc) {
        char name[NAME_SIZE];
        const char *allocator = mt_trace_text(map->trace, MT_FACT_ALLOCATOR);
        snprintf(name, sizeof name, "%s", allocator ? allocator : "unknown");
        mt_make_printable(name);
        fprintf(paper->out,
                "allocator %s: what is free in its memory, and what it adds, is not known.\n"
                "Memory of its own that holds no block counts as untracked.\n",
                name);
    } else if (mt_trace_header(map->trace)->flags & MT_FLAG_FORKED) {
        fputs(
            "A forked child: blocks that it inherited are not known, so neither is what is free.\n",
            paper->out);
    } else if (mt_trace_is_sampled(map->trace)) {
        fputs("A sample of the blocks: what is free between them is not known.\n", paper->out);
    }
}

/* ---- heaps ---- */

static const char *heap_name(const struct mt_heap *heap, char text[64])
{
    if (heap->is_main)
        return memcpy(text, "brk heap", sizeof "brk heap");
    snprintf(text, 64, "arena 0x%" PRIx64, heap->start);
    return text;
}

static void print_heap_row(const struct mt_paper *paper, enum mt_ink ink, const char *label,
                           const char *blocks, const char *const sizes[5])
{
    mt_paper_print(paper, ink, "%-20s %8s %9s %9s %9s %9s %9s\n", label, blocks, sizes[0], sizes[1],
                   sizes[2], sizes[3], sizes[4]);
}

static void print_heap(const struct mt_paper *paper, const struct mt_map *map,
                       const struct mt_heap *heap)
{
    char name[64], count[MT_NUMBER_SIZE], text[5][MT_NUMBER_SIZE];
    const bool is_known = mt_map_knows_pages(map, &heap->pages);
    print_heap_row(
        paper, MT_INK_PLAIN, heap_name(heap, name), mt_number_text(heap->blocks, count),
        (const char *const[]){mt_map_cell_text(heap->live, true, text[0]),
                              mt_map_cell_text(heap->overhead, true, text[1]),
                              mt_map_cell_text(heap->free, true, text[2]),
                              mt_map_cell_text(heap->free_resident, is_known, text[3]),
                              mt_map_cell_text(heap->trimmed_resident, is_known, text[4])});
}

/* Blocks of a segment of which nothing is known but that they live there. */
static void print_blocks(const struct mt_paper *paper, const struct mt_map *map,
                         enum mt_segment segment)
{
    const struct mt_segments *segments = &map->segments;
    const char *none = segment == MT_SEGMENT_OWN_MAPPINGS ? "-" : "?";
    char count[MT_NUMBER_SIZE], text[2][MT_NUMBER_SIZE];
    print_heap_row(paper, MT_INK_PLAIN, mt_segment_labels[segment],
                   mt_number_text(segments->blocks[segment], count),
                   (const char *const[]){
                       mt_map_cell_text(segments->live[segment], true, text[0]),
                       mt_map_cell_text(segments->overhead[segment], segments->is_glibc, text[1]),
                       none, none, none});
}

static void print_heaps(const struct mt_paper *paper, const struct mt_map *map)
{
    const struct mt_segments *segments = &map->segments;
    fputc('\n', paper->out);
    print_heap_row(paper, MT_INK_DIM, "malloc", "blocks",
                   (const char *const[]){"live", "overhead", "free", "in RAM", "to trim"});
    for (size_t i = 0; i < segments->heap_count && i < HEAPS_SHOWN; i++)
        print_heap(paper, map, &segments->heaps[i]);
    if (segments->heap_count > HEAPS_SHOWN)
        fprintf(paper->out, "and %zu more\n", segments->heap_count - HEAPS_SHOWN);
    for (int i = 0; i < MT_SEGMENT_COUNT; i++) {
        const bool is_shown =
            segments->heap_count && (i == MT_SEGMENT_HEAP || i == MT_SEGMENT_ARENAS);
        if (segments->blocks[i] && !is_shown)
            print_blocks(paper, map, (enum mt_segment)i);
    }
}

/* ---- pins ---- */

/* The function that asked for a block, and where it stands, in what `head` leaves of a line. */
static void name_site(const struct mt_map *map, uint32_t stack, const char *head,
                      char name[NAME_SIZE])
{
    const size_t used = mt_text_columns(head) + 2;
    const size_t columns = used + 12 < MT_PAPER_COLUMNS ? MT_PAPER_COLUMNS - used : 12;
    struct mt_frame_walk walk;
    const struct mt_frame *frame = mt_site_frame(map->trace, map->symbols, stack, &walk);
    char *label = frame ? mt_frame_label(walk.location, frame) : NULL;
    char text[NAME_SIZE];
    if (frame && frame->file)
        snprintf(text, sizeof text, "%s  %s:%u", label ? label : "?", mt_base_name(frame->file),
                 frame->line);
    else
        snprintf(text, sizeof text, "%s", label ? label : "?");
    mt_text_squeeze(text, columns, name, NAME_SIZE);
    mt_make_printable(name);
    free(label);
}

static void print_pin(const struct mt_paper *paper, const struct mt_map *map,
                      const struct mt_pin *pin)
{
    char returned[MT_NUMBER_SIZE], bytes[64], blocks[64], head[160], name[NAME_SIZE];
    const struct mt_chunk *chunk = pin->chunk;
    snprintf(head, sizeof head, "  %11s  %s%s at 0x%" PRIx64,
             mt_map_cell_text(pin->returned_resident, true, returned),
             mt_count_text(chunk->bytes, "byte", bytes), chunk->is_sbrk ? " by sbrk" : "",
             chunk->address);
    if (chunk->is_tracer)
        strcpy(name, "the tracer's own");
    else
        name_site(map, chunk->stack, head, name);
    fprintf(paper->out, "%s  %s\n", head, name);
    if (pin->blocks > 1)
        fprintf(paper->out, "  %11s  and %s below it, %s in all\n", "",
                mt_count_text(pin->blocks - 1, "block", blocks),
                mt_size_text(pin->block_bytes, bytes));
}

/* What is free at the end of a heap stays for another reason. */
static void print_top(const struct mt_paper *paper, const struct mt_heap *heap)
{
    enum { TOP_LEAST_BYTES = 1 << 20 };
    const uint64_t top_bytes = heap->free_resident - heap->held_resident;
    char name[64], size[MT_NUMBER_SIZE];
    if (top_bytes < TOP_LEAST_BYTES)
        return;
    mt_paper_print(paper, MT_INK_BOLD, "\n%s: %s free in RAM at its end, which no block holds\n",
                   heap_name(heap, name), mt_size_text(top_bytes, size));
    fprintf(paper->out, "free() returns what is more than M_TRIM_THRESHOLD%s\n",
            heap->is_main ? ", malloc_trim(0) all of it" : "");
}

static void print_pins(const struct mt_paper *paper, const struct mt_map *map)
{
    for (size_t i = 0; i < map->segments.heap_count && i < HEAPS_SHOWN; i++) {
        const struct mt_heap *heap = &map->segments.heaps[i];
        char name[64], held[MT_NUMBER_SIZE], trimmed[MT_NUMBER_SIZE];
        print_top(paper, heap);
        if (!mt_heap_is_pinned(heap))
            continue;
        mt_paper_print(paper, MT_INK_BOLD, "\n%s: %s free in RAM, held by live blocks above\n",
                       heap_name(heap, name), mt_size_text(heap->held_resident, held));
        fprintf(paper->out,
                "malloc_trim(0) would give back %s; and what would return if these,\n"
                "from the top down, were gone:\n",
                heap->trimmed_resident ? mt_size_text(heap->trimmed_resident, trimmed) : "nothing");
        for (size_t j = 0; j < heap->pin_count; j++)
            print_pin(paper, map, &heap->pins[j]);
        if (heap->has_more_pins)
            fputs("  and so on\n", paper->out);
    }
}

/* ---- churn ---- */

static void print_advice(const struct mt_paper *paper, const struct mt_churn_row *row)
{
    const uint64_t threshold = mt_churn_threshold(row);
    if (!mt_churn_is_malloc(row))
        fputs("    keep the mapping and use it again\n", paper->out);
    else if (!threshold)
        fputs("    reuse the buffer: glibc maps blocks of 32 MiB and more each time\n", paper->out);
    else
        fprintf(paper->out,
                "    reuse the buffer, or set M_MMAP_THRESHOLD and M_TRIM_THRESHOLD:\n"
                "    GLIBC_TUNABLES=glibc.malloc.mmap_threshold=%" PRIu64
                ":glibc.malloc.trim_threshold=%" PRIu64 "\n",
                threshold, 2 * threshold);
}

static void print_churn_row(const struct mt_paper *paper, const struct mt_map *map,
                            const struct mt_churn_row *row)
{
    char bytes[MT_NUMBER_SIZE], rounds[64], faults[64], head[192], name[NAME_SIZE];
    snprintf(head, sizeof head, "  %10s in %s, about %s", mt_size_text(row->sum.bytes, bytes),
             mt_count_text(row->sum.rounds, "round", rounds),
             mt_count_text(mt_churn_faults(map, row), "page fault", faults));
    name_site(map, row->sum.stack, head, name);
    fprintf(paper->out, "%s  %s\n", head, name);
    print_advice(paper, row);
}

static void print_churn(const struct mt_paper *paper, const struct mt_map *map)
{
    size_t shown = 0;
    while (shown < map->churn_count && shown < CHURN_SHOWN &&
           map->churn[shown].sum.bytes >= CHURN_LEAST_BYTES)
        shown++;
    if (!shown)
        return;
    mt_paper_print(paper, MT_INK_BOLD, "\nchurn: mapped, released, and mapped again\n");
    for (size_t i = 0; i < shown; i++)
        print_churn_row(paper, map, &map->churn[i]);
    if (map->churn_count > shown)
        fprintf(paper->out, "  and less by %zu more\n", map->churn_count - shown);
    if (mt_trace_churn_is_full(map->trace))
        fputs("The table of such sites is full: others were not counted.\n", paper->out);
    fputs("Page faults are estimated: one for each page of each round.\n", paper->out);
}

void mt_map_print_text(const struct mt_map *map, const struct mt_map_options *options, FILE *out)
{
    const struct mt_paper paper = mt_paper_on(out, options->color);
    print_head(&paper, map);
    print_remarks(&paper, map);
    if (map->space.source != MT_SPACE_NONE) {
        mt_map_segments_print(&paper, map);
        print_heaps(&paper, map);
        print_pins(&paper, map);
        mt_heap_picture_print(&paper, &map->segments, &map->space);
    }
    print_churn(&paper, map);
}
