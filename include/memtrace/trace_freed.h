/* trace_freed.h: option freed_by: who released what a stack has allocated: FREED extents of the
 * trace (trace_format.h). A trace without the option has none. */
#ifndef MEMTRACE_TRACE_FREED_H
#define MEMTRACE_TRACE_FREED_H

#include "memtrace/trace_format.h"

enum {
    MT_FREED_BYTES = 64,
    MT_FREED_PER_EXTENT = MT_UNIT_BYTES / MT_FREED_BYTES - 1, /* slot 0 lies under the head */
    MT_FREED_EXTENTS = (1 << MT_NODE_BITS) / MT_FREED_PER_EXTENT + 1,
    MT_FREED_BY = 4,         /* releasing stacks that are told apart */
    MT_FREED_ALL_ASKED = 64, /* so many releases of a stack are asked for theirs, one by one, */
    MT_FREED_ASKED_OF = 16,  /* then one among so many in a row, which stands for them all */
};

/* Blocks of one stack that have been released. Node id n has the slot in the FREED extent of
 * ordinal n / PER_EXTENT, at 64 * (1 + n % PER_EXTENT). An extent is made with the first release
 * that it counts; a release that finds no room is counted in mt_header.lost_freed. */
struct mt_freed {
    uint64_t blocks; /* released; atomic */
    uint64_t others; /* of those that were asked: by further stacks, or not known by whom; atomic */
    uint32_t stacks[MT_FREED_BY]; /* node ids of releasing stacks, 0: none yet; set once; atomic */
    uint64_t by[MT_FREED_BY];     /* blocks that each released, of those that were asked; atomic */
};
static_assert(sizeof(struct mt_freed) == MT_FREED_BYTES, "freed slot");

#endif
