/* segments_heaps.c: from pieces to heaps, each with the chunks that lie in it. */
#include <string.h>
#include "segments_parts.h"

int mt_segments_add_heap(struct mt_segments_maker *maker, uint64_t start, uint64_t end)
{
    struct mt_segments *made = maker->made;
    if (mt_segments_grow(&made->heaps, &maker->heap_room, made->heap_count, sizeof *made->heaps))
        return -1;
    made->heaps[made->heap_count++] = (struct mt_heap){.start = start, .end = end};
    return 0;
}

static void fill_heaps(struct mt_segments_maker *maker)
{
    struct mt_segments *made = maker->made;
    for (size_t i = 0; i < made->heap_count; i++) {
        struct mt_heap *heap = &made->heaps[i];
        const size_t first = mt_segments_chunk(made, heap->start);
        heap->count = mt_segments_chunk(made, heap->end) - first;
        heap->chunks = heap->count ? made->chunks + first : NULL;
        mt_heap_measure(heap, maker->space);
    }
}

/* Puts the brk heap before the others. */
static int add_main(struct mt_segments_maker *maker, const struct mt_heap *main_heap)
{
    struct mt_segments *made = maker->made;
    if (mt_segments_add_heap(maker, 0, 0))
        return -1;
    memmove(made->heaps + 1, made->heaps, (made->heap_count - 1) * sizeof *made->heaps);
    made->heaps[0] = *main_heap;
    return 0;
}

/* The brk heap is one, whatever the program has taken from its range; malloc's memory that is
 * neither there nor in an aligned heap stands for itself. */
int mt_segments_find_heaps(struct mt_segments_maker *maker)
{
    struct mt_segments *made = maker->made;
    struct mt_heap main_heap = {.is_main = true};
    const size_t aligned = made->heap_count;
    for (size_t i = 0; i < made->piece_count; i++) {
        const struct mt_piece *piece = &made->pieces[i];
        bool is_known = piece->segment != MT_SEGMENT_ARENAS;
        for (size_t j = 0; j < aligned; j++)
            is_known |= piece->start - made->heaps[j].start < MT_ARENA_BYTES;
        if (piece->segment == MT_SEGMENT_HEAP) {
            main_heap.start = main_heap.end ? main_heap.start : piece->start;
            main_heap.end = piece->end;
        } else if (!is_known && mt_segments_add_heap(maker, piece->start, piece->end)) {
            return -1;
        }
    }
    if (main_heap.end && add_main(maker, &main_heap))
        return -1;
    fill_heaps(maker);
    return 0;
}
