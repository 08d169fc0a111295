/* heap_picture.h: heaps as rows of cells, and those drawn with characters. */
#ifndef MT_HEAP_PICTURE_H
#define MT_HEAP_PICTURE_H

#include "paper.h"
#include "segments.h"

/* What a cell of a picture shows: how much of its bytes live; where nothing does, what became of the
 * pages. */
enum mt_heap_cell {
    MT_CELL_ALL,
    MT_CELL_MOST,
    MT_CELL_HALF,
    MT_CELL_LITTLE,
    MT_CELL_IN_RAM,
    MT_CELL_SWAPPED,
    MT_CELL_FREE,
};

enum mt_heap_cell mt_heap_cell(const struct mt_heap *heap, const struct mt_space *space,
                               uint64_t start, uint64_t end);

/* The brk heap, which is the first, and the largest of the others, `most` in all. Returns how many. */
size_t mt_heaps_choose(const struct mt_segments *segments, const struct mt_heap **chosen,
                       size_t most);

enum { MT_PICTURE_LINES = 24 };

/* Draws the heaps, the largest where there are many, in at most MT_PICTURE_LINES lines with a
 * legend. Nothing is drawn where there is no heap. */
void mt_heap_picture_print(const struct mt_paper *paper, const struct mt_segments *segments,
                           const struct mt_space *space);

#endif
