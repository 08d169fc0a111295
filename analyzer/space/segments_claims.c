/* segments_claims.c: what the trace knows of by address. Arenas are the exception: glibc maps them
 * unseen, but where and how it does is unlike anything else. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "segments_parts.h"

enum { CHUNK_HEADER_BYTES = 16 };

static int add_claim(struct mt_segments_maker *maker, uint64_t start, uint64_t end,
                     enum mt_segment segment, bool is_counted)
{
    if (mt_segments_grow(&maker->claims, &maker->claim_room, maker->claim_count,
                         sizeof *maker->claims))
        return -1;
    maker->claims[maker->claim_count++] = (struct mt_claim){start, end, segment, is_counted};
    return 0;
}

static int add_chunk(struct mt_segments_maker *maker, const struct mt_chunk *chunk)
{
    struct mt_segments *made = maker->made;
    if (mt_segments_grow(&made->chunks, &maker->chunk_room, made->chunk_count,
                         sizeof *made->chunks))
        return -1;
    made->chunks[made->chunk_count++] = *chunk;
    return 0;
}

static int take_block(const struct mt_block *block, void *context)
{
    const struct mt_chunk chunk = {
        .start = block->address,
        .end = block->address + block->size_bytes,
        .address = block->address,
        .bytes = block->size_bytes,
        .stack = block->stack,
        .is_own_mapping = block->storage == MT_STORAGE_MMAP,
    };
    return add_chunk(context, &chunk);
}

static int take_mapping(const struct mt_live_mapping *mapping, void *context)
{
    static const enum mt_segment segments[MT_MAPPING_KIND_COUNT] = {
        [MT_MAPPING_UNKNOWN] = MT_SEGMENT_UNKNOWN,    [MT_MAPPING_ANONYMOUS] = MT_SEGMENT_ANONYMOUS,
        [MT_MAPPING_FILE] = MT_SEGMENT_FILE,          [MT_MAPPING_SHARED] = MT_SEGMENT_SHARED,
        [MT_MAPPING_STACK] = MT_SEGMENT_ENDED_STACKS, [MT_MAPPING_BRK] = MT_SEGMENT_BRK,
    };
    const struct mt_chunk chunk = {
        .address = mapping->address,
        .bytes = mapping->bytes,
        .stack = mapping->stack,
        .is_sbrk = true,
    };
    if (mapping->kind == MT_MAPPING_BRK && add_chunk(context, &chunk))
        return -1;
    return add_claim(context, mapping->address, mapping->address + mapping->bytes,
                     mapping->is_in_use ? MT_SEGMENT_THREAD_STACKS : segments[mapping->kind],
                     mapping->continues);
}

static int compare_chunks(const void *left, const void *right)
{
    const struct mt_chunk *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

static int compare_claims(const void *left, const void *right)
{
    const struct mt_claim *a = left, *b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

static int claim_own_mappings(struct mt_segments_maker *maker)
{
    const struct mt_segments *made = maker->made;
    for (size_t i = 0; i < made->chunk_count; i++) {
        const struct mt_chunk *chunk = &made->chunks[i];
        if (chunk->is_own_mapping &&
            add_claim(maker, chunk->start, chunk->end, MT_SEGMENT_OWN_MAPPINGS, false))
            return -1;
    }
    return 0;
}

/* ---- the tracer's own blocks ---- */

static int add_own_chunk(struct mt_segments_maker *maker, uint64_t start, uint64_t end)
{
    if (start >= end)
        return 0;
    return add_chunk(
        maker,
        &(struct mt_chunk){
            .start = start, .end = end, .address = start, .bytes = end - start, .is_tracer = true});
}

/* They have no records, but are known to lie in a range: all of it that no block of the program's
 * has been given since is theirs. */
static int add_own_blocks(struct mt_segments_maker *maker)
{
    struct mt_segments *made = maker->made;
    const struct mt_header *header = mt_trace_header(maker->trace);
    const size_t count = made->chunk_count;
    uint64_t at = header->own_blocks_start - CHUNK_HEADER_BYTES;
    const uint64_t end = (header->own_blocks_end + 7) / 16 * 16; /* of the chunk */
    if (!header->own_blocks_start || at >= end)
        return 0;
    for (size_t i = mt_segments_chunk(made, at); i < count && made->chunks[i].start < end; i++) {
        if (add_own_chunk(maker, at, made->chunks[i].start))
            return -1;
        at = made->chunks[i].end;
    }
    if (add_own_chunk(maker, at, end))
        return -1;
    if (made->chunk_count > count)
        qsort(made->chunks, made->chunk_count, sizeof *made->chunks, compare_chunks);
    return 0;
}

/* ---- arenas ---- */

bool mt_segments_is_plain(const struct mt_space_area *area)
{
    return !area->seen.inode && !(area->seen.flags & (MT_AREA_SHARED | MT_AREA_TRACER)) &&
           (!area->seen.name[0] || strncmp(area->seen.name, "[anon:", 6) == 0);
}

/* Whether what has no name may be read and written up to `area`'s end, and whether what follows is
 * reserved, to the end of what begins at `start`. */
static bool is_arena(const struct mt_segments_maker *maker, const struct mt_space_area *area,
                     uint64_t start)
{
    const uint64_t end = start + MT_ARENA_BYTES;
    const struct mt_space_area *next = area + 1;
    if (area->seen.end >= end)
        return true;
    return next < maker->space->areas + maker->space->count && mt_segments_is_plain(next) &&
           next->seen.start == area->seen.end && next->seen.end >= end &&
           next->seen.protection == PROT_NONE;
}

/* glibc reserves the room of an arena's heap at an address that is a multiple of its size, and lets
 * it be written from its beginning on, as far as it is needed. */
static int claim_arenas(struct mt_segments_maker *maker)
{
    for (size_t i = 0; maker->made->is_glibc && i < maker->space->count; i++) {
        const struct mt_space_area *area = &maker->space->areas[i];
        uint64_t start = area->seen.start;
        if (start % MT_ARENA_BYTES || !mt_segments_is_plain(area) ||
            area->seen.protection != (PROT_READ | PROT_WRITE))
            continue;
        for (; start < area->seen.end && is_arena(maker, area, start); start += MT_ARENA_BYTES) {
            const uint64_t end = start + MT_ARENA_BYTES;
            if (add_claim(maker, start, end, MT_SEGMENT_ARENAS, false) ||
                mt_segments_add_heap(maker, start, end < area->seen.end ? end : area->seen.end))
                return -1;
        }
    }
    return 0;
}

int mt_segments_claim(struct mt_segments_maker *maker)
{
    struct mt_segments *made = maker->made;
    if (mt_trace_blocks(maker->trace, take_block, maker) ||
        mt_trace_mappings(maker->trace, take_mapping, maker))
        return -1;
    if (made->chunk_count)
        qsort(made->chunks, made->chunk_count, sizeof *made->chunks, compare_chunks);
    if (made->is_glibc)
        mt_chunks_lay_out(made->chunks, made->chunk_count, maker->space->page_bytes);
    if (made->is_glibc && add_own_blocks(maker))
        return -1;
    if (claim_own_mappings(maker) || claim_arenas(maker))
        return -1;
    if (maker->claim_count)
        qsort(maker->claims, maker->claim_count, sizeof *maker->claims, compare_claims);
    return 0;
}
