/* heap.c: from live blocks and the states of pages to what a heap holds, what pins it, and what
 * malloc_trim would release. The rules are glibc's (malloc.c: request2size, systrim, mtrim), the
 * same from version 2.8 on:
 *
 *   top      of the brk heap: the whole pages of what lies more than MINSIZE above the last chunk
 *   inside   the whole pages of a free chunk behind its header of 48 bytes
 *
 * The top of an arena's heap is released by free alone, when it is large. */
#include "heap.h"

enum {
    HEADER_BYTES = 16, /* before a block: the size of the chunk before, and its own */
    OWN_BYTES = 8,     /* of them: the other word lies in the chunk before */
    ALIGNMENT = 16,
    CHUNK_LEAST_BYTES = 32,
    FREE_HEADER_BYTES = 48,
    STEP_PARTS = 64, /* a gap of less than this part of all that is held does not end a pin */
};

static uint64_t down(uint64_t address, uint64_t unit)
{
    return address / unit * unit;
}

static uint64_t up(uint64_t address, uint64_t unit)
{
    return down(address + unit - 1, unit);
}

/* ---- chunks ---- */

uint64_t mt_chunk_bytes(uint64_t bytes)
{
    const uint64_t chunk = up(bytes + OWN_BYTES, ALIGNMENT);
    return chunk < CHUNK_LEAST_BYTES ? CHUNK_LEAST_BYTES : chunk;
}

static void lay_out(struct mt_chunk *chunk, uint64_t page_bytes)
{
    const bool is_block = mt_chunk_is_block(chunk);
    chunk->start = chunk->address - (is_block ? HEADER_BYTES : 0);
    chunk->end = chunk->start + (is_block ? mt_chunk_bytes(chunk->bytes) : chunk->bytes);
    if (chunk->is_own_mapping) {
        chunk->start = down(chunk->start, page_bytes);
        chunk->end = up(chunk->end + OWN_BYTES, page_bytes);
    }
}

void mt_chunks_lay_out(struct mt_chunk *chunks, size_t count, uint64_t page_bytes)
{
    for (size_t i = 0; i < count; i++) {
        lay_out(&chunks[i], page_bytes);
        struct mt_chunk *before = i ? &chunks[i - 1] : NULL;
        if (before && before->end + CHUNK_LEAST_BYTES > chunks[i].start &&
            before->start < chunks[i].start && !before->is_own_mapping)
            before->end = chunks[i].start;
    }
}

/* ---- gaps ---- */

/* The free range below chunk `i`; that of `count` is the top. */
struct gap {
    uint64_t start, end;
};

static struct gap gap_below(const struct mt_heap *heap, size_t i)
{
    struct gap gap = {i ? heap->chunks[i - 1].end : heap->start,
                      i < heap->count ? heap->chunks[i].start : heap->end};
    if (gap.start > gap.end)
        gap.start = gap.end;
    return gap;
}

/* The pages that malloc_trim releases within a gap. */
static struct gap pages_inside(struct gap gap, uint64_t page_bytes)
{
    const struct gap pages = {up(gap.start + FREE_HEADER_BYTES, page_bytes),
                              down(gap.end, page_bytes)};
    return pages.start < pages.end ? pages : (struct gap){0, 0};
}

/* The pages at the end of the heap that are not needed where its top begins at `start`. */
static struct gap pages_above(const struct mt_heap *heap, uint64_t start, uint64_t page_bytes)
{
    if (heap->end - start <= CHUNK_LEAST_BYTES)
        return (struct gap){heap->end, heap->end};
    return (struct gap){heap->end - down(heap->end - start - CHUNK_LEAST_BYTES - 1, page_bytes),
                        heap->end};
}

static uint64_t resident(const struct mt_space *space, struct gap gap)
{
    const struct mt_range pages = mt_space_range(space, gap.start, gap.end);
    return mt_range_resident(&pages);
}

static void count_gaps(struct mt_heap *heap, const struct mt_space *space)
{
    for (size_t i = 0; i <= heap->count; i++) {
        const struct gap gap = gap_below(heap, i);
        const bool is_top = i == heap->count;
        if (gap.start == gap.end)
            continue;
        const uint64_t in_ram = resident(space, gap);
        heap->free += gap.end - gap.start;
        heap->free_resident += in_ram;
        heap->held += is_top ? 0 : gap.end - gap.start;
        heap->held_resident += is_top ? 0 : in_ram;

        struct gap trimmed = pages_inside(gap, space->page_bytes);
        if (is_top)
            trimmed = heap->is_main ? pages_above(heap, gap.start, space->page_bytes)
                                    : (struct gap){0, 0};
        heap->trimmed += trimmed.end - trimmed.start;
        heap->trimmed_resident += resident(space, trimmed);
    }
}

/* ---- pins ---- */

/* The first chunk of the run of chunks that ends at `last` and has no gap that counts. */
static size_t first_of_pin(const struct mt_heap *heap, size_t last, uint64_t gap_least)
{
    size_t i = last;
    for (;; i--) {
        const struct gap gap = gap_below(heap, i);
        if (i == 0 || gap.end - gap.start >= gap_least)
            return i;
    }
}

static void find_pins(struct mt_heap *heap, const struct mt_space *space)
{
    const uint64_t part = heap->held / STEP_PARTS;
    const uint64_t gap_least = part > space->page_bytes ? part : space->page_bytes;
    size_t above = heap->count; /* chunks below this one are still there */
    struct gap top = pages_above(heap, gap_below(heap, above).start, space->page_bytes);
    while (above > 0 && heap->pin_count < MT_PINS) {
        const size_t first = first_of_pin(heap, above - 1, gap_least);
        struct mt_pin pin = {.chunk = &heap->chunks[above - 1], .blocks = above - first};
        for (size_t i = first; i < above; i++)
            pin.block_bytes += heap->chunks[i].bytes;
        const struct gap next = pages_above(heap, gap_below(heap, first).start, space->page_bytes);
        pin.returned = top.start - next.start;
        pin.returned_resident = resident(space, (struct gap){next.start, top.start});
        heap->pins[heap->pin_count++] = pin;
        top = next;
        above = first;
    }
    heap->has_more_pins = above > 0;
}

void mt_heap_measure(struct mt_heap *heap, const struct mt_space *space)
{
    for (size_t i = 0; i < heap->count; i++) {
        const struct mt_chunk *chunk = &heap->chunks[i];
        if (!mt_chunk_is_block(chunk)) {
            heap->other += chunk->end - chunk->start;
            continue;
        }
        heap->blocks++;
        heap->live += chunk->bytes;
        heap->overhead += chunk->end - chunk->start - chunk->bytes;
    }
    heap->pages = mt_space_range(space, heap->start, heap->end);
    count_gaps(heap, space);
    find_pins(heap, space);
}

/* ---- parts ---- */

/* The first chunk that ends beyond `address`. */
static size_t find_chunk(const struct mt_heap *heap, uint64_t address)
{
    size_t low = 0, high = heap->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (heap->chunks[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_free(struct mt_heap_part *part, const struct mt_space *space, uint64_t start,
                     uint64_t end)
{
    if (start >= end)
        return;
    const struct mt_range pages = mt_space_range(space, start, end);
    part->free_resident += mt_range_resident(&pages);
    part->free_swapped += pages.swapped;
}

struct mt_heap_part mt_heap_part(const struct mt_heap *heap, const struct mt_space *space,
                                 uint64_t start, uint64_t end)
{
    struct mt_heap_part part = {.bytes = end - start};
    uint64_t at = start;
    for (size_t i = find_chunk(heap, start); i < heap->count && heap->chunks[i].start < end; i++) {
        const struct mt_chunk *chunk = &heap->chunks[i];
        const uint64_t low = chunk->start > start ? chunk->start : start;
        const uint64_t high = chunk->end < end ? chunk->end : end;
        add_free(&part, space, at, low);
        part.live += high - low;
        at = high;
    }
    add_free(&part, space, at, end);
    return part;
}
