/* heap_picture.c: a heap as rows of cells, each of which stands for the same number of bytes, a
 * power of two. How dark a cell is says how much of it lives; where nothing lives, whether it is in
 * RAM all the same. It can be read without colours. */
#include "heap_picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    CELLS = 62, /* in a line, behind an address */
    HEAPS_MAX = 4,
    CELL_LEAST_BYTES = 256,
    LEGEND_LINES = 2, /* and the blank line before the picture */
};

struct picture {
    const struct mt_heap *heaps[HEAPS_MAX];
    size_t count;
    uint64_t cell_bytes;
};

static uint64_t bytes_of(const struct mt_heap *heap)
{
    return heap->end - heap->start;
}

static uint64_t lines_of(const struct mt_heap *heap, uint64_t cell_bytes)
{
    return (bytes_of(heap) + CELLS * cell_bytes - 1) / (CELLS * cell_bytes);
}

size_t mt_heaps_choose(const struct mt_segments *segments, const struct mt_heap **chosen,
                       size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < segments->heap_count; i++) {
        const struct mt_heap *heap = &segments->heaps[i];
        size_t at = count;
        while (at > 0 && !chosen[at - 1]->is_main && bytes_of(chosen[at - 1]) < bytes_of(heap))
            at--;
        if (at == most)
            continue;
        count += count < most;
        memmove(&chosen[at + 1], &chosen[at], (count - at - 1) * sizeof *chosen);
        chosen[at] = heap;
    }
    return count;
}

/* The smallest cell with which the picture has room. */
static void measure(struct picture *picture)
{
    for (picture->cell_bytes = CELL_LEAST_BYTES;; picture->cell_bytes *= 2) {
        uint64_t lines = LEGEND_LINES;
        for (size_t i = 0; i < picture->count; i++)
            lines += 1 + lines_of(picture->heaps[i], picture->cell_bytes);
        if (lines <= MT_PICTURE_LINES)
            return;
    }
}

enum mt_heap_cell mt_heap_cell(const struct mt_heap *heap, const struct mt_space *space,
                               uint64_t start, uint64_t end)
{
    const struct mt_heap_part part = mt_heap_part(heap, space, start, end);
    if (part.live * 8 >= part.bytes * 7)
        return MT_CELL_ALL;
    if (part.live * 2 >= part.bytes)
        return MT_CELL_MOST;
    if (part.live * 4 >= part.bytes)
        return MT_CELL_HALF;
    if (part.live)
        return MT_CELL_LITTLE;
    return part.free_resident ? MT_CELL_IN_RAM : part.free_swapped ? MT_CELL_SWAPPED : MT_CELL_FREE;
}

/* Whether a chunk that is named as a pin begins in the cell. */
static bool has_pin(const struct mt_heap *heap, uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < heap->pin_count && mt_heap_is_pinned(heap); i++) {
        const uint64_t at = heap->pins[i].chunk->start;
        if (at >= start && at < end && heap->pins[i].returned_resident)
            return true;
    }
    return false;
}

static void draw_cell(const struct mt_paper *paper, const struct mt_heap *heap,
                      const struct mt_space *space, uint64_t start, uint64_t end)
{
    static const struct {
        enum mt_ink ink;
        const char *text;
    } cells[] = {
        [MT_CELL_ALL] = {MT_INK_PLAIN, "\xe2\x96\x88"},
        [MT_CELL_MOST] = {MT_INK_PLAIN, "\xe2\x96\x93"},
        [MT_CELL_HALF] = {MT_INK_PLAIN, "\xe2\x96\x92"},
        [MT_CELL_LITTLE] = {MT_INK_PLAIN, "\xe2\x96\x91"},
        [MT_CELL_IN_RAM] = {MT_INK_WARNING, "o"},
        [MT_CELL_SWAPPED] = {MT_INK_DIM, "s"},
        [MT_CELL_FREE] = {MT_INK_DIM, "\xc2\xb7"},
    };
    const enum mt_heap_cell cell = mt_heap_cell(heap, space, start, end);
    if (has_pin(heap, start, end))
        mt_paper_print(paper, MT_INK_BOLD, "P");
    else
        mt_paper_print(paper, cells[cell].ink, "%s", cells[cell].text);
}

static void draw(const struct mt_paper *paper, const struct mt_heap *heap,
                 const struct mt_space *space, uint64_t cell_bytes)
{
    for (uint64_t line = heap->start; line < heap->end; line += CELLS * cell_bytes) {
        mt_paper_print(paper, MT_INK_DIM, "  0x%012" PRIx64 " ", line);
        for (int i = 0; i < CELLS; i++) {
            const uint64_t start = line + (uint64_t)i * cell_bytes;
            const uint64_t end = start + cell_bytes;
            if (start < heap->end)
                draw_cell(paper, heap, space, start, end < heap->end ? end : heap->end);
        }
        fputc('\n', paper->out);
    }
}

void mt_heap_picture_print(const struct mt_paper *paper, const struct mt_segments *segments,
                           const struct mt_space *space)
{
    struct picture picture = {.count = 0};
    char cell[MT_NUMBER_SIZE];
    picture.count = mt_heaps_choose(segments, picture.heaps, HEAPS_MAX);
    if (!picture.count)
        return;
    measure(&picture);
    mt_size_text(picture.cell_bytes, cell);
    fputc('\n', paper->out);
    for (size_t i = 0; i < picture.count; i++) {
        mt_paper_print(paper, MT_INK_BOLD, "%s", picture.heaps[i]->is_main ? "brk heap" : "arena");
        if (i == 0)
            fprintf(paper->out, ", a character for each %s", cell);
        fputc('\n', paper->out);
        draw(paper, picture.heaps[i], space, picture.cell_bytes);
    }
    fprintf(paper->out,
            "  live \xe2\x96\x88 all \xe2\x96\x93 most \xe2\x96\x92 half \xe2\x96\x91 little   "
            "free o in RAM s in swap \xc2\xb7 neither   P pin\n");
}
