/* segments.h: an address space cut into what its parts are for: the kernel's areas, by what the
 * trace knows of blocks, mappings and modules. Every byte is of exactly one segment. */
#ifndef MT_SEGMENTS_H
#define MT_SEGMENTS_H

#include "heap.h"
#include "space.h"

/* The order is that of the table. */
enum mt_segment {
    MT_SEGMENT_TEXT,         /* the program's file: code and constants */
    MT_SEGMENT_DATA,         /* and its variables */
    MT_SEGMENT_HEAP,         /* moved by brk */
    MT_SEGMENT_ARENAS,       /* what malloc has mapped for blocks, reserved room included */
    MT_SEGMENT_OWN_MAPPINGS, /* blocks that are mappings of their own */
    MT_SEGMENT_ANONYMOUS,    /* mapped by the program, by kind */
    MT_SEGMENT_FILE,
    MT_SEGMENT_SHARED,
    MT_SEGMENT_ENDED_STACKS, /* of threads never joined */
    MT_SEGMENT_BRK,          /* by brk or sbrk */
    MT_SEGMENT_UNKNOWN,      /* mremap of what was not seen */
    MT_SEGMENT_LIBRARY_TEXT,
    MT_SEGMENT_LIBRARY_DATA,
    MT_SEGMENT_MAIN_STACK,
    MT_SEGMENT_THREAD_STACKS, /* in use, and those that libc keeps to use again */
    MT_SEGMENT_SHARED_MEMORY, /* that no recorded call has mapped */
    MT_SEGMENT_TRACER,
    MT_SEGMENT_TRACE,     /* the trace itself, mapped at the length it may grow to */
    MT_SEGMENT_KERNEL,    /* vdso and its data */
    MT_SEGMENT_UNTRACKED, /* mapped by no call that is hooked */
    MT_SEGMENT_COUNT,
};

struct mt_segment_sum {
    uint64_t count; /* objects: mappings, files, heaps, stacks */
    struct mt_range pages;
};

struct mt_piece {
    uint64_t start, end;
    enum mt_segment segment;
    const struct mt_space_area *area;
};

struct mt_segments {
    struct mt_piece *pieces; /* by address */
    size_t piece_count;
    struct mt_segment_sum sums[MT_SEGMENT_COUNT];
    struct mt_segment_sum all;
    struct mt_chunk *chunks; /* live blocks, by address */
    size_t chunk_count;
    struct mt_heap *heaps; /* the brk heap first; none unless mt_segments_know_heaps */
    size_t heap_count;
    uint64_t blocks[MT_SEGMENT_COUNT], live[MT_SEGMENT_COUNT], overhead[MT_SEGMENT_COUNT];
    bool is_glibc;
};

extern const char *const mt_segment_names[]; /* as in JSON: "brk_heap" */

/* Whether all blocks are known, and how their allocator places them: then there are heaps. */
bool mt_segments_know_heaps(const struct mt_segments *segments, const struct mt_trace *trace);

/* Cuts `space` with what `trace` knows; both must outlive the segments. Returns 0
 * (mt_segments_finish), or MT_UNREADABLE where memory runs out. */
int mt_segments_make(const struct mt_space *space, const struct mt_trace *trace,
                     struct mt_segments *ret_segments, struct mt_error *error);
void mt_segments_finish(struct mt_segments *segments); /* zeroed is fine */

#endif
