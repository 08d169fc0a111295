/* guard.h: option guard: blocks in pages of their own, beside pages that cannot be touched. One
 * region of address space is reserved once, and divided into slots of three sizes:
 *
 *   | slot                                                  | slot …
 *   | pages of the block                   | not accessible | pages …
 *   |  pattern | block, to the end (right) |                |
 *   |  block, from the beginning (left) | pattern |
 *
 * so that behind each block's pages, and before those of the next, no access succeeds. A freed
 * block's pages are not accessible either; its slot waits in a queue until there is no slot left
 * that waits for less long. What is known of a slot lies aside, in memory that a fork keeps. */
#ifndef MT_GUARD_H
#define MT_GUARD_H

#include <stddef.h>
#include <stdint.h>
#include "canary.h"

enum { MT_GUARD_FRAMES = 28 }; /* of a stack that are kept for a forked child */

/* A call that gave the block, or freed it. Set by the block's owner; read by whoever reports. */
struct mt_guard_event {
    uint32_t stack; /* node id, in the trace of process `pid`; 0: not known */
    uint32_t pid;
    uint32_t tid;                  /* who called */
    uint16_t thread;               /* slot of that thread in the trace */
    uint8_t function;              /* enum mt_function; 0: not known */
    uint8_t frames;                /* how many follow */
    uint64_t ms;                   /* when, since the start of that trace */
    uintptr_t pc[MT_GUARD_FRAMES]; /* return addresses, innermost first: for another process */
};

enum mt_guard_state { MT_GUARD_UNUSED = 0, MT_GUARD_LIVE, MT_GUARD_FREED };

struct mt_guarded {
    uint32_t state;  /* enum mt_guard_state; atomic, published last */
    uint32_t pages;  /* of the block */
    uintptr_t start; /* of the first page */
    uintptr_t block;
    size_t bytes; /* as asked for */
    struct mt_guard_event given, freed;
};

extern struct mt_guard_region {
    uintptr_t start;
    size_t bytes; /* 0: there is none */
} mt_guard_region;

/* Reserves the region, once, while the process has one thread. Returns 0 where it cannot be had. */
int mt_guard_start(void);

/* A block of its own, zeroed; NULL where it is too large, or there is no room: then the allocator
 * is asked as usual. `alignment`: a power of two. Any thread, any time; two system calls. */
void *mt_guard_give(size_t bytes, size_t alignment);

/* The slot in whose address range this is; NULL outside of all. */
struct mt_guarded *mt_guard_slot(uintptr_t address);

/* Whether the address is a guarded block's, or was. */
static inline int mt_guard_owns(const void *block)
{
    return (uintptr_t)block - mt_guard_region.start < mt_guard_region.bytes &&
           mt_guard_slot((uintptr_t)block) != NULL;
}

/* The slot of the live block that begins here; NULL where there is none. */
struct mt_guarded *mt_guard_live(const void *block);

/* The block is freed: its pages go, and its slot into the queue. Returns 0, and does nothing, where
 * none lives there. Keeps errno. */
int mt_guard_free(void *block);

/* Calls `visit` for each block that lives. */
void mt_guard_each(void (*visit)(const struct mt_guarded *slot, void *context), void *context);

/* In a forked child of which a sample is recorded: what lives is to be told of when it is freed. */
void mt_guard_go_on(void);

/* Of the pages around a live block: whether the pattern has changed. */
int mt_guard_is_damaged(const struct mt_guarded *slot, struct mt_damage *ret_damage);

/* The block that an access to `address`, which faulted, was most likely meant for: freed and in
 * this place, or the nearest; NULL where there is none. */
struct mt_guarded *mt_guard_meant(uintptr_t address);

/* An access of the tracer's own has hit the page: it may be read from now on. */
void mt_guard_open(uintptr_t address);

/* The address space is about to be limited: what of the region was never used is given up. */
void mt_guard_shrink(void);

#endif
