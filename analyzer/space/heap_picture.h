/* heap_picture.h: heaps drawn with characters. */
#ifndef MT_HEAP_PICTURE_H
#define MT_HEAP_PICTURE_H

#include "paper.h"
#include "segments.h"

enum { MT_PICTURE_LINES = 24 };

/* Draws the heaps, the largest where there are many, in at most MT_PICTURE_LINES lines with a
 * legend. Nothing is drawn where there is no heap. */
void mt_heap_picture_print(const struct mt_paper *paper, const struct mt_segments *segments,
                           const struct mt_space *space);

#endif
