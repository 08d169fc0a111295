/* heap.h: one heap of glibc's malloc, the brk heap or an arena's, as what lives in it says: where
 * its chunks lie, what is free between them, what keeps that from going back to the system.
 *
 *   start                                                               end
 *   | chunk | free | chunk | chunk |        free        | chunk |  top  |
 *                                    held by this one ---^
 *
 * A heap shrinks from its end: what is free below the uppermost live chunk stays, however much it
 * is. The chunks are computed from the sizes that were asked for, as glibc does (16 bytes aligned,
 * at least 32, 8 of them its own); what it keeps for itself (its caches of freed blocks, the state
 * of an arena) counts as free. */
#ifndef MT_HEAP_H
#define MT_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "space.h"

/* A live block and its chunk, or what else takes room in a heap. */
struct mt_chunk {
    uint64_t start, end;     /* of the chunk; of an own mapping, of all its pages */
    uint64_t address, bytes; /* of the block, as it was asked for */
    uint32_t stack;          /* node id */
    bool is_own_mapping;     /* part of no heap */
    bool is_sbrk;            /* no block, but memory that the program took itself */
    bool is_tracer;          /* no block, but what the tracer's libraries allocated */
};

static inline bool mt_chunk_is_block(const struct mt_chunk *chunk)
{
    return !chunk->is_sbrk && !chunk->is_tracer;
}

enum { MT_PINS = 5 };

/* Live chunks so near each other that little is free between them, and what would return to the
 * system if they, after all those above them, were gone. */
struct mt_pin {
    const struct mt_chunk *chunk; /* the uppermost */
    uint64_t blocks, block_bytes; /* all of them */
    uint64_t returned, returned_resident;
};

struct mt_heap {
    bool is_main; /* of the brk heap: its top can be trimmed */
    uint64_t start, end;
    struct mt_range pages;
    const struct mt_chunk *chunks; /* by address; owned by others */
    size_t count;
    uint64_t blocks, live, overhead; /* bytes of blocks; of headers and rounding */
    uint64_t other;                  /* bytes taken by what is no block */
    uint64_t free, free_resident;
    uint64_t held, held_resident;       /* of that: below a live chunk */
    uint64_t trimmed, trimmed_resident; /* malloc_trim(0) gives these back */
    struct mt_pin pins[MT_PINS];
    size_t pin_count;
    bool has_more_pins;
};

/* Bytes of the chunk of a block of `bytes`. */
uint64_t mt_chunk_bytes(uint64_t bytes);

/* Sets where each chunk begins and ends; a gap too small for a chunk belongs to the one before it.
 * `chunks` by address, with all else set. */
void mt_chunks_lay_out(struct mt_chunk *chunks, size_t count, uint64_t page_bytes);

/* Fills everything behind `count` of a heap. Bounds are those of pages; chunks lie between them.
 * Resident bytes are counted from `space`, and 0 where that knows nothing. */
void mt_heap_measure(struct mt_heap *heap, const struct mt_space *space);

/* Whether so much is free below live blocks that it is worth a word. */
static inline bool mt_heap_is_pinned(const struct mt_heap *heap)
{
    return heap->held_resident >= 64 << 10;
}

/* A part of a heap: what of [start, end) lives, and what of the rest is in RAM. */
struct mt_heap_part {
    uint64_t bytes, live, free_resident, free_swapped;
};
struct mt_heap_part mt_heap_part(const struct mt_heap *heap, const struct mt_space *space,
                                 uint64_t start, uint64_t end);

#endif
