/* trace_errors.h: option errors: what the program did wrong with memory: ERRORS extents of the
 * trace (trace_format.h). A trace of a process in which nothing was watched for has none.
 *
 * Words: a *misuse* is one wrong use of an allocator or of a block, however often it came from the
 * same places: it is told from others by its kind, the stack of the wrong call or access, and the
 * stack that allocated the block. */
#ifndef MEMTRACE_TRACE_ERRORS_H
#define MEMTRACE_TRACE_ERRORS_H

#include "memtrace/trace_format.h"

/* X(id, key, title): the key names it in JSON and as a rule, the title is for people. The order is
 * part of the format: append only. What `address`, `block` and `bytes` of struct mt_misuse are:
 *
 *   DOUBLE_FREE     address: given to the call; block: the same, as it was before its first release
 *   WRONG_FREE      address: never given out; place: where it lies
 *   INNER_FREE      address: inside of a block that lives
 *   MISMATCH        function does not release what the allocating function gave
 *   WRONG_SIZE      bytes: the size that a sized release said; block_bytes: what was asked for
 *   WRONG_ALIGNMENT bytes: the alignment that a release said, which the block does not have
 *   UNMAPPED        address, bytes: the range of a munmap; block: the lowest that lies in it
 *   ZERO_SIZE       a resize to nothing
 *   IMPOSSIBLE_SIZE bytes: asked for, more than there are addresses
 *   OUT_OF_BOUNDS   address, bytes: an access that left the block, while it lived
 *   USE_AFTER_FREE  address, bytes: an access to what had been released
 *   OVERRUN         address: the first byte found changed, bytes: how many, seen after the fact */
#define MT_MISUSES(X)                                                                              \
    X(DOUBLE_FREE, "double-free", "double free")                                                   \
    X(WRONG_FREE, "invalid-free", "free of an address that is no block")                           \
    X(INNER_FREE, "inner-free", "free of an address inside a block")                               \
    X(MISMATCH, "mismatched-free", "release that does not match the allocation")                   \
    X(WRONG_SIZE, "wrong-size", "release with the wrong size")                                     \
    X(WRONG_ALIGNMENT, "wrong-alignment", "release with the wrong alignment")                      \
    X(UNMAPPED, "unmapped-block", "munmap of a block")                                             \
    X(ZERO_SIZE, "zero-size", "realloc to size 0")                                                 \
    X(IMPOSSIBLE_SIZE, "impossible-size", "impossible size")                                       \
    X(OUT_OF_BOUNDS, "out-of-bounds", "access out of bounds")                                      \
    X(USE_AFTER_FREE, "use-after-free", "use after free")                                          \
    X(OVERRUN, "overrun", "bytes changed beyond a block")

enum mt_misuse_kind {
    MT_MISUSE_NONE = 0,
#define X(id, key, title) MT_MISUSE_##id,
    MT_MISUSES(X)
#undef X
        MT_MISUSE_COUNT,
};

/* Where an address lies that belongs to no block. Append only. */
enum mt_misuse_place {
    MT_PLACE_UNKNOWN = 0,
    MT_PLACE_NULL_PAGE, /* within 64 KiB of 0: a null pointer with an offset */
    MT_PLACE_STACK,     /* of a thread */
    MT_PLACE_MODULE,    /* code or data of detail: mt_module.id, 0 unknown */
    MT_PLACE_MAPPING,   /* of the program's own */
    MT_PLACE_HEAP,      /* between the allocator's blocks, or in one that was given out long ago */
    MT_PLACE_NONE,      /* no address that a process can have */
};

enum {
    MT_MISUSE_WRITE = 1 << 0,   /* an access that stored; else one that loaded */
    MT_MISUSE_UNSURE = 1 << 1,  /* whether it loaded or stored is not known */
    MT_MISUSE_STOPPED = 1 << 2, /* the process was ended before the call (errors=stop) */
};

enum {
    MT_MISUSE_BYTES = 128,
    MT_MISUSE_SLOTS = MT_UNIT_BYTES / MT_MISUSE_BYTES, /* slot 0 lies under the head */
};

/* One misuse. There is one extent, of ordinal 0: an open-addressed table. `key` claims a slot and
 * `kind` is stored last (release): a slot of kind 0 is empty or was never finished. */
struct mt_misuse {
    uint64_t key;           /* mt_misuse_key; 0 empty; atomic, never changed */
    uint64_t count;         /* how often; atomic */
    uint64_t first_ms;      /* since the start of the trace; what follows is of the first time */
    uint64_t last_ms;       /* the latest; atomic */
    uint64_t address;       /* what the call was given, or what was accessed */
    uint64_t block;         /* where the block begins; 0 where it is not known which */
    uint64_t block_bytes;   /* its size as asked for */
    uint64_t bytes;         /* by kind, see above; of an access: its width, 0 unknown */
    uint64_t freed_ms;      /* when the block was released before; 0 not known */
    uint32_t stack;         /* node id: of the wrong call or access; 0: could not be taken */
    uint32_t allocated;     /* of the block's allocation; its node has the function; 0 unknown */
    uint32_t freed;         /* of its earlier release; 0: none, or not known */
    uint32_t detail;        /* by place */
    uint32_t tid;           /* kernel thread id */
    uint16_t thread;        /* its slot; 0 unknown */
    uint16_t freed_thread;  /* slot of the thread that released the block before; 0 unknown */
    uint8_t function;       /* enum mt_function of the wrong call; 0: an access */
    uint8_t freed_function; /* of the earlier release; 0: none */
    uint8_t place;          /* enum mt_misuse_place */
    uint8_t flags;          /* MT_MISUSE_* */
    uint32_t kind;          /* enum mt_misuse_kind; release */
    uint8_t reserved[24];
};
static_assert(sizeof(struct mt_misuse) == MT_MISUSE_BYTES, "misuse slot");

/* Kind and stacks side by side: no two misuses share a key. */
static inline uint64_t mt_misuse_key(uint32_t kind, uint32_t stack, uint32_t allocated)
{
    return (uint64_t)kind << (2 * MT_NODE_BITS) | (uint64_t)stack << MT_NODE_BITS | allocated;
}
static_assert(MT_MISUSE_COUNT <= 1 << (64 - 2 * MT_NODE_BITS), "a key has room for the kind");

/* What was watched for: mt_errors_head.checks. */
enum {
    MT_CHECKED_CALLS = 1 << 0,    /* option errors */
    MT_CHECKED_GUARDS = 1 << 1,   /* option guard */
    MT_CHECKED_CANARIES = 1 << 2, /* option canary */
};

/* The second half of slot 0, behind the extent's head, whose `used` is the number of slots in use.
 */
struct mt_errors_head {
    uint32_t checks; /* MT_CHECKED_*; atomic or */
    uint32_t reserved;
    uint64_t lost; /* misuses that found the table full: how often; atomic */
    uint64_t
        blind; /* calls that could not be judged, for the table of blocks is not whole; atomic */
    uint8_t reserved2[40];
};
static_assert(sizeof(struct mt_errors_head) == MT_MISUSE_BYTES - sizeof(struct mt_extent),
              "slot 0 is the head's");

/* Which releases match which allocations: those of one family do. */
enum mt_function_family { MT_BY_MALLOC, MT_BY_NEW, MT_BY_NEW_ARRAY };

static inline enum mt_function_family mt_family_of(unsigned function)
{
    switch (function) {
    case MT_FN_NEW:
    case MT_FN_DELETE:
        return MT_BY_NEW;
    case MT_FN_NEW_ARRAY:
    case MT_FN_DELETE_ARRAY:
        return MT_BY_NEW_ARRAY;
    default:
        return MT_BY_MALLOC;
    }
}

#endif
