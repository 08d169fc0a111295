/* map_text.c: a map for people: the segments and the kernel's own sums beside theirs, the heaps and
 * what pins them, a picture, and what is mapped again and again. What came from the trace or from
 * the kernel passes mt_make_printable before it reaches a terminal. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "frames.h"
#include "heap_picture.h"
#include "map.h"
#include "paper.h"
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

/* ---- numbers ---- */

/* "12.0 KiB", "-" for nothing, "?" for what is not known. Written to `text`, which is returned. */
static const char *cell_text(uint64_t bytes, bool is_known, char text[MT_NUMBER_SIZE])
{
    if (!is_known || !bytes)
        return strcpy(text, is_known ? "-" : "?");
    return mt_size_text(bytes, text);
}

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

/* ---- segments ---- */

static const char *const labels[MT_SEGMENT_COUNT] = {
    [MT_SEGMENT_TEXT] = "program: code",
    [MT_SEGMENT_DATA] = "program: data",
    [MT_SEGMENT_HEAP] = "brk heap",
    [MT_SEGMENT_ARENAS] = "arenas",
    [MT_SEGMENT_OWN_MAPPINGS] = "blocks mapped alone",
    [MT_SEGMENT_ANONYMOUS] = "mapped: anonymous",
    [MT_SEGMENT_FILE] = "mapped: file",
    [MT_SEGMENT_SHARED] = "mapped: shared",
    [MT_SEGMENT_ENDED_STACKS] = "stacks never joined",
    [MT_SEGMENT_BRK] = "brk by the program",
    [MT_SEGMENT_UNKNOWN] = "mapped: unknown",
    [MT_SEGMENT_LIBRARY_TEXT] = "libraries: code",
    [MT_SEGMENT_LIBRARY_DATA] = "libraries: data",
    [MT_SEGMENT_MAIN_STACK] = "stack, main",
    [MT_SEGMENT_THREAD_STACKS] = "stacks, threads",
    [MT_SEGMENT_SHARED_MEMORY] = "shared memory",
    [MT_SEGMENT_TRACER] = "the tracer's own",
    [MT_SEGMENT_TRACE] = "the trace",
    [MT_SEGMENT_KERNEL] = "kernel (vdso)",
    [MT_SEGMENT_UNTRACKED] = "untracked",
};

/* Whether anything is known of the states of pages. */
static bool knows_pages(const struct mt_map *map, const struct mt_range *pages)
{
    return map->space.residency != MT_RESIDENCY_NONE && pages->unseen < pages->bytes;
}

static void print_sizes(const struct mt_paper *paper, enum mt_ink ink, const char *label,
                        const char *count, const char *const sizes[4])
{
    mt_paper_print(paper, ink, "%-22s %7s %11s %11s %11s %11s\n", label, count, sizes[0], sizes[1],
                   sizes[2], sizes[3]);
}

static void print_row(const struct mt_paper *paper, const struct mt_map *map, enum mt_ink ink,
                      const char *label, const struct mt_segment_sum *sum)
{
    char bytes[MT_NUMBER_SIZE], resident[MT_NUMBER_SIZE], shared[MT_NUMBER_SIZE],
        swapped[MT_NUMBER_SIZE], count[MT_NUMBER_SIZE];
    const struct mt_range *pages = &sum->pages;
    const bool is_known = knows_pages(map, pages);
    const bool knows_swap = is_known && map->space.residency != MT_RESIDENCY_MINCORE;
    print_sizes(paper, ink, label, mt_number_text(sum->count, count),
                (const char *const[]){cell_text(pages->bytes, true, bytes),
                                      cell_text(mt_range_resident(pages), is_known, resident),
                                      cell_text(mt_range_shared(pages), is_known, shared),
                                      cell_text(pages->swapped, knows_swap, swapped)});
}

/* ---- the kernel's sums ---- */

/* What the kernel says of the columns: virtual, resident, shared, swapped. False where it was not
 * asked. */
static bool kernel_sums(const struct mt_map *map, uint64_t sums[4])
{
    const uint64_t *figures = map->space.figures;
    static const enum mt_figure needed[] = {MT_FIGURE_VM_SIZE,   MT_FIGURE_VM_RSS,
                                            MT_FIGURE_RSS_ANON,  MT_FIGURE_RSS_FILE,
                                            MT_FIGURE_RSS_SHMEM, MT_FIGURE_VM_SWAP};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (figures[needed[i]] == MT_FIGURE_UNKNOWN)
            return false;
    sums[0] = figures[MT_FIGURE_VM_SIZE];
    sums[1] = figures[MT_FIGURE_VM_RSS];
    sums[2] = figures[MT_FIGURE_RSS_FILE] + figures[MT_FIGURE_RSS_SHMEM];
    sums[3] = figures[MT_FIGURE_VM_SWAP];
    return true;
}

/* "+4,096": how much more there is here. Written to `text`, which is returned. */
static const char *difference_text(uint64_t ours, uint64_t kernel, char text[MT_NUMBER_SIZE])
{
    char number[MT_NUMBER_SIZE];
    if (ours == kernel)
        return strcpy(text, "-");
    snprintf(text, MT_NUMBER_SIZE, "%c%s", ours > kernel ? '+' : '-',
             mt_number_text(ours > kernel ? ours - kernel : kernel - ours, number));
    return text;
}

static void print_difference(const struct mt_paper *paper, const struct mt_map *map,
                             const uint64_t sums[4])
{
    const struct mt_range *all = &map->segments.all.pages;
    const uint64_t ours[4] = {all->bytes, mt_range_resident(all), mt_range_shared(all),
                              all->swapped};
    char text[4][MT_NUMBER_SIZE];
    if (memcmp(ours, sums, sizeof ours) == 0 || map->space.residency == MT_RESIDENCY_NONE ||
        all->unseen)
        return;
    print_sizes(paper, MT_INK_WARNING, "difference, in bytes", "",
                (const char *const[]){difference_text(ours[0], sums[0], text[0]),
                                      difference_text(ours[1], sums[1], text[1]),
                                      difference_text(ours[2], sums[2], text[2]),
                                      difference_text(ours[3], sums[3], text[3])});
}

/* The process goes on while it is read: then the sums differ. */
static void print_kernel(const struct mt_paper *paper, const struct mt_map *map)
{
    const uint64_t *figures = map->space.figures;
    char text[4][MT_NUMBER_SIZE];
    uint64_t sums[4];
    if (!kernel_sums(map, sums))
        return;
    print_sizes(paper, MT_INK_PLAIN, "by the kernel's count", "",
                (const char *const[]){
                    cell_text(sums[0], true, text[0]), cell_text(sums[1], true, text[1]),
                    cell_text(sums[2], true, text[2]), cell_text(sums[3], true, text[3])});
    print_difference(paper, map, sums);
    if (figures[MT_FIGURE_VM_PTE] != MT_FIGURE_UNKNOWN)
        print_sizes(paper, MT_INK_PLAIN, "page tables, besides", "",
                    (const char *const[]){"-", cell_text(figures[MT_FIGURE_VM_PTE], true, text[0]),
                                          "-", "-"});
    fprintf(paper->out, "RssAnon %s \xc2\xb7 RssFile %s \xc2\xb7 RssShmem %s\n",
            mt_size_text(figures[MT_FIGURE_RSS_ANON], text[0]),
            mt_size_text(figures[MT_FIGURE_RSS_FILE], text[1]),
            mt_size_text(figures[MT_FIGURE_RSS_SHMEM], text[2]));
}

/* ---- what is untracked ---- */

static int compare_pieces(const void *left, const void *right)
{
    const struct mt_piece *a = *(const struct mt_piece *const *)left;
    const struct mt_piece *b = *(const struct mt_piece *const *)right;
    const uint64_t a_bytes = a->end - a->start, b_bytes = b->end - b->start;
    if (a_bytes != b_bytes)
        return a_bytes > b_bytes ? -1 : 1;
    return a->start < b->start ? -1 : a->start > b->start;
}

/* What the largest of the untracked are. */
static void print_untracked(const struct mt_paper *paper, const struct mt_map *map)
{
    const struct mt_segments *segments = &map->segments;
    const struct mt_piece **sorted = calloc(segments->piece_count + 1, sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; sorted && i < segments->piece_count; i++)
        if (segments->pieces[i].segment == MT_SEGMENT_UNTRACKED)
            sorted[count++] = &segments->pieces[i];
    if (count)
        qsort(sorted, count, sizeof *sorted, compare_pieces);
    for (size_t i = 0; i < count && i < UNTRACKED_SHOWN; i++) {
        char name[NAME_SIZE], size[MT_NUMBER_SIZE];
        mt_text_squeeze(sorted[i]->area->seen.name, 45, name, sizeof name);
        mt_make_printable(name);
        fprintf(paper->out, "%s%s at 0x%" PRIx64 "  %s\n", i ? "           " : "untracked: ",
                mt_size_text(sorted[i]->end - sorted[i]->start, size), sorted[i]->start,
                name[0] ? name : "anonymous");
    }
    free(sorted);
}

static void print_segments(const struct mt_paper *paper, const struct mt_map *map)
{
    mt_paper_print(paper, MT_INK_DIM, "\n%-22s %7s %11s %11s %11s %11s\n", "segment", "count",
                   "virtual", "resident", "shared", "swapped");
    for (int i = 0; i < MT_SEGMENT_COUNT; i++)
        if (map->segments.sums[i].pages.bytes)
            print_row(paper, map, MT_INK_PLAIN, labels[i], &map->segments.sums[i]);
    print_row(paper, map, MT_INK_BOLD,
              map->segments.all.pages.unseen ? "sum, but for the trace" : "sum",
              &map->segments.all);
    print_kernel(paper, map);
    print_untracked(paper, map);
}

/* ---- heaps ---- */

static const char *heap_name(const struct mt_heap *heap, char text[64])
{
    if (heap->is_main)
        return strcpy(text, "brk heap");
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
    const bool is_known = knows_pages(map, &heap->pages);
    print_heap_row(paper, MT_INK_PLAIN, heap_name(heap, name), mt_number_text(heap->blocks, count),
                   (const char *const[]){cell_text(heap->live, true, text[0]),
                                         cell_text(heap->overhead, true, text[1]),
                                         cell_text(heap->free, true, text[2]),
                                         cell_text(heap->free_resident, is_known, text[3]),
                                         cell_text(heap->trimmed_resident, is_known, text[4])});
}

/* Blocks of a segment of which nothing is known but that they live there. */
static void print_blocks(const struct mt_paper *paper, const struct mt_map *map,
                         enum mt_segment segment)
{
    const struct mt_segments *segments = &map->segments;
    const char *none = segment == MT_SEGMENT_OWN_MAPPINGS ? "-" : "?";
    char count[MT_NUMBER_SIZE], text[2][MT_NUMBER_SIZE];
    print_heap_row(
        paper, MT_INK_PLAIN, labels[segment], mt_number_text(segments->blocks[segment], count),
        (const char *const[]){cell_text(segments->live[segment], true, text[0]),
                              cell_text(segments->overhead[segment], segments->is_glibc, text[1]),
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
             cell_text(pin->returned_resident, true, returned),
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

static void print_pins(const struct mt_paper *paper, const struct mt_map *map)
{
    for (size_t i = 0; i < map->segments.heap_count && i < HEAPS_SHOWN; i++) {
        const struct mt_heap *heap = &map->segments.heaps[i];
        char name[64], held[MT_NUMBER_SIZE], trimmed[MT_NUMBER_SIZE];
        if (!mt_heap_is_pinned(heap))
            continue;
        mt_paper_print(paper, MT_INK_BOLD, "\n%s: %s free in RAM, held by live blocks above\n",
                       heap_name(heap, name), mt_size_text(heap->held_resident, held));
        fprintf(paper->out,
                "malloc_trim(0) would give back %s; and what would return if these,\n"
                "from the top down, were gone:\n",
                mt_size_text(heap->trimmed_resident, trimmed));
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
        print_segments(&paper, map);
        print_heaps(&paper, map);
        print_pins(&paper, map);
        mt_heap_picture_print(&paper, &map->segments, &map->space);
    }
    print_churn(&paper, map);
}
