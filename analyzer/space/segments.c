/* segments.c: from areas and records to pieces, and the sums over them. See segments_parts.h. */
#include "segments.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "segments_parts.h"

const char *const mt_segment_names[] = {
    "text",         "data",       "brk_heap",      "arenas",
    "own_mappings", "anonymous",  "file",          "shared",
    "ended_stacks", "brk",        "unknown",       "library_text",
    "library_data", "main_stack", "thread_stacks", "shared_memory",
    "tracer",       "trace",      "kernel",        "untracked",
    NULL,
};

int mt_segments_grow(void *array, size_t *room, size_t count, size_t size)
{
    void **at = array;
    if (count < *room)
        return 0;
    const size_t more = *room ? 2 * *room : 64;
    void *moved = reallocarray(*at, more, size);
    if (!moved)
        return -1;
    *at = moved;
    *room = more;
    return 0;
}

size_t mt_segments_chunk(const struct mt_segments *made, uint64_t address)
{
    size_t low = 0, high = made->chunk_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (made->chunks[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- cutting ---- */

/* How many objects a piece without a claim adds: the areas of a file are one. */
static uint64_t objects_of(struct mt_segments_maker *maker, const struct mt_piece *piece)
{
    const struct mt_seen_area *seen = &piece->area->seen;
    uint64_t *last_inode = &maker->last_inode[piece->segment];
    switch (piece->segment) {
    case MT_SEGMENT_HEAP:
        return maker->made->sums[MT_SEGMENT_HEAP].count == 0;
    case MT_SEGMENT_THREAD_STACKS:
        return seen->protection != PROT_NONE;
    case MT_SEGMENT_DATA:
    case MT_SEGMENT_LIBRARY_DATA:
        if (!seen->inode)
            return 0;
        break;
    default:
        break;
    }
    if (!seen->inode)
        return 1;
    const bool is_new = *last_inode != seen->inode;
    *last_inode = seen->inode;
    return is_new;
}

static int add_piece(struct mt_segments_maker *maker, struct mt_piece piece, struct mt_claim *claim)
{
    struct mt_segments *made = maker->made;
    if (mt_segments_grow(&made->pieces, &maker->piece_room, made->piece_count,
                         sizeof *made->pieces))
        return -1;
    piece.segment = claim ? claim->segment : mt_segments_judge(maker, &piece);
    struct mt_segment_sum *sum = &made->sums[piece.segment];
    sum->count += claim ? !claim->is_counted : objects_of(maker, &piece);
    if (claim)
        claim->is_counted = true;
    const struct mt_range pages = mt_space_range(maker->space, piece.start, piece.end);
    mt_range_add(&sum->pages, &pages);
    mt_range_add(&made->all.pages, &pages);
    made->pieces[made->piece_count++] = piece;
    return 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static int cut(struct mt_segments_maker *maker, const struct mt_space_area *area)
{
    for (uint64_t at = area->seen.start, end; at < area->seen.end; at = end) {
        while (maker->next_claim < maker->claim_count && maker->claims[maker->next_claim].end <= at)
            maker->next_claim++;
        struct mt_claim *claim =
            maker->next_claim < maker->claim_count ? &maker->claims[maker->next_claim] : NULL;
        const bool is_claimed = claim && claim->start <= at;
        end =
            !claim ? area->seen.end : least(area->seen.end, is_claimed ? claim->end : claim->start);
        if (add_piece(maker, (struct mt_piece){.start = at, .end = end, .area = area},
                      is_claimed ? claim : NULL))
            return -1;
    }
    return 0;
}

static void count_blocks(struct mt_segments_maker *maker)
{
    struct mt_segments *made = maker->made;
    size_t i = 0;
    for (size_t j = 0; j < made->chunk_count; j++) {
        const struct mt_chunk *chunk = &made->chunks[j];
        while (i < made->piece_count && made->pieces[i].end <= chunk->address)
            i++;
        if (i == made->piece_count || !mt_chunk_is_block(chunk) ||
            made->pieces[i].start > chunk->address)
            continue;
        const enum mt_segment segment = made->pieces[i].segment;
        made->blocks[segment]++;
        made->live[segment] += chunk->bytes;
        made->overhead[segment] += chunk->end - chunk->start - chunk->bytes;
    }
}

/* ---- all of it ---- */

bool mt_segments_know_heaps(const struct mt_segments *segments, const struct mt_trace *trace)
{
    const bool is_forked = mt_trace_header(trace)->flags & MT_FLAG_FORKED;
    return segments->is_glibc && !is_forked && !mt_trace_is_sampled(trace);
}

static int make(struct mt_segments_maker *maker)
{
    struct mt_segments *made = maker->made;
    if (mt_segments_claim(maker))
        return -1;
    for (size_t i = 0; i < maker->space->count; i++)
        if (cut(maker, &maker->space->areas[i]))
            return -1;
    for (int i = 0; i < MT_SEGMENT_COUNT; i++)
        made->all.count += made->sums[i].count;
    count_blocks(maker);
    if (mt_segments_know_heaps(made, maker->trace))
        return mt_segments_find_heaps(maker);
    made->heap_count = 0;
    return 0;
}

int mt_segments_make(const struct mt_space *space, const struct mt_trace *trace,
                     struct mt_segments *ret_segments, struct mt_error *error)
{
    const char *allocator = mt_trace_text(trace, MT_FACT_ALLOCATOR);
    struct mt_segments made = {.is_glibc = allocator && strncmp(allocator, "glibc", 5) == 0};
    struct mt_segments_maker maker = {.space = space, .trace = trace, .made = &made};
    const int result = make(&maker);
    free(maker.claims);
    if (result) {
        mt_segments_finish(&made);
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory", mt_trace_path(trace));
    }
    *ret_segments = made;
    return MT_OK;
}

void mt_segments_finish(struct mt_segments *segments)
{
    free(segments->pieces);
    free(segments->chunks);
    free(segments->heaps);
    *segments = (struct mt_segments){0};
}
