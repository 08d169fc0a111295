/* segments_parts.h: the inside of cutting an address space, shared by segments_*.c and no other.
 * What the trace knows of by address is a claim:
 *
 *   blocks that are mappings of their own, the program's mappings, arenas  ->  claims, by address
 *   areas, cut where claims begin and end                                  ->  pieces
 */
#ifndef MT_SEGMENTS_PARTS_H
#define MT_SEGMENTS_PARTS_H

#include "segments.h"

enum { MT_ARENA_BYTES = 64 << 20 }; /* glibc: HEAP_MAX_SIZE, to which arenas' heaps are aligned */

struct mt_claim {
    uint64_t start, end;
    enum mt_segment segment;
    bool is_counted; /* a further piece of what was counted */
};

struct mt_segments_maker {
    const struct mt_space *space;
    const struct mt_trace *trace;
    struct mt_segments *made;
    struct mt_claim *claims; /* by address */
    size_t claim_count, claim_room, chunk_room, piece_room, heap_room;
    size_t next_claim;
    uint64_t last_inode[MT_SEGMENT_COUNT];
};

/* Room for one more in an array that doubles. Returns -1 without memory. */
int mt_segments_grow(void *array, size_t *room, size_t count, size_t size);

/* Index of the first chunk whose block begins at `address` or above it. */
size_t mt_segments_chunk(const struct mt_segments *made, uint64_t address);

/* ---- segments_claims.c ---- */

/* Takes blocks and mappings out of the trace, and arenas out of the space: chunks, claims and the
 * bounds of arenas' heaps. Returns -1 without memory. */
int mt_segments_claim(struct mt_segments_maker *maker);

/* Whether an area is private memory without a name. */
bool mt_segments_is_plain(const struct mt_space_area *area);

/* ---- segments_judge.c ---- */

/* What a piece without a claim is for. */
enum mt_segment mt_segments_judge(const struct mt_segments_maker *maker,
                                  const struct mt_piece *piece);

/* ---- segments_heaps.c ---- */

int mt_segments_add_heap(struct mt_segments_maker *maker, uint64_t start, uint64_t end);

/* Completes the heaps, once there are pieces. Returns -1 without memory. */
int mt_segments_find_heaps(struct mt_segments_maker *maker);

#endif
