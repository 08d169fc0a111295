/* segments_text.c: the table of segments for people, the kernel's own sums below, and what the
 * largest of the untracked are. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "map_text.h"
#include "printable.h"
#include "squeeze.h"

enum { NAME_SIZE = 512, UNTRACKED_SHOWN = 3 };

const char *mt_map_cell_text(uint64_t bytes, bool is_known, char text[MT_NUMBER_SIZE])
{
    if (!is_known || !bytes)
        return memcpy(text, is_known ? "-" : "?", sizeof "-");
    return mt_size_text(bytes, text);
}

const char *const mt_segment_labels[MT_SEGMENT_COUNT] = {
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

bool mt_map_knows_pages(const struct mt_map *map, const struct mt_range *pages)
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
    const bool is_known = mt_map_knows_pages(map, pages);
    const bool knows_swap = is_known && map->space.residency != MT_RESIDENCY_MINCORE;
    print_sizes(
        paper, ink, label, mt_number_text(sum->count, count),
        (const char *const[]){mt_map_cell_text(pages->bytes, true, bytes),
                              mt_map_cell_text(mt_range_resident(pages), is_known, resident),
                              mt_map_cell_text(mt_range_shared(pages), is_known, shared),
                              mt_map_cell_text(pages->swapped, knows_swap, swapped)});
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
        return memcpy(text, "-", sizeof "-");
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
                (const char *const[]){mt_map_cell_text(sums[0], true, text[0]),
                                      mt_map_cell_text(sums[1], true, text[1]),
                                      mt_map_cell_text(sums[2], true, text[2]),
                                      mt_map_cell_text(sums[3], true, text[3])});
    print_difference(paper, map, sums);
    if (figures[MT_FIGURE_VM_PTE] != MT_FIGURE_UNKNOWN)
        print_sizes(paper, MT_INK_PLAIN, "page tables, besides", "",
                    (const char *const[]){
                        "-", mt_map_cell_text(figures[MT_FIGURE_VM_PTE], true, text[0]), "-", "-"});
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

void mt_map_segments_print(const struct mt_paper *paper, const struct mt_map *map)
{
    mt_paper_print(paper, MT_INK_DIM, "\n%-22s %7s %11s %11s %11s %11s\n", "segment", "count",
                   "virtual", "resident", "shared", "swapped");
    for (int i = 0; i < MT_SEGMENT_COUNT; i++)
        if (map->segments.sums[i].pages.bytes)
            print_row(paper, map, MT_INK_PLAIN, mt_segment_labels[i], &map->segments.sums[i]);
    print_row(paper, map, MT_INK_BOLD,
              map->segments.all.pages.unseen ? "sum, but for the trace" : "sum",
              &map->segments.all);
    print_kernel(paper, map);
    print_untracked(paper, map);
}
