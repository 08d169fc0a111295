/* snapshot.c: appends facts to the snapshot that is being made.
 *
 * Snapshots of even and of odd numbers have a chain of extents each, which lies in the trace
 * (mt_extent.next): the newest complete snapshot and the one that is being made never share an
 * extent, and the one after it takes over those of the one before. A chain only grows. Where it has
 * been written to lies in the trace as well (mt_extent.last), so that what a cloned child appended
 * is known to its parent, whose own memory has not changed. `making` lies in memory of the ordinary
 * sort, so that the child has it too; whether it belongs to this process or is what a forked child
 * has inherited, a word in wiped memory tells (mt_process.snapshot_lock). */
#include "snapshot.h"

#include "clock.h"
#include "extents.h"
#include "page.h"
#include "process.h"

enum {
    ROOM = MT_UNIT_BYTES - sizeof(struct mt_extent),
    FEW_BYTES = 16384, /* backed at once: enough for a small process, at a quarter of the price */
};

static struct {
    struct mt_header *header; /* of the trace; NULL while none is made */
    struct mt_extent *extent; /* that facts are appended to */
    uint64_t backed;          /* bytes of it that may be stored to */
    struct mt_extent *first;
    uint64_t number;
} making;

static struct mt_extent *extent_at(uint64_t unit)
{
    return (struct mt_extent *)((char *)making.header + (unit << MT_UNIT_SHIFT));
}

static uint64_t unit_of(const struct mt_extent *extent)
{
    return (uint64_t)((const char *)extent - (const char *)making.header) >> MT_UNIT_SHIFT;
}

/* ---- chains ---- */

/* The extent behind `extent`, made writable: a child that took it has done so for itself alone. */
static struct mt_extent *next_of(const struct mt_extent *extent)
{
    struct mt_extent *next = extent->next ? extent_at(extent->next) : NULL;
    return next && mt_extent_back(next, mt_page_bytes()) ? next : NULL;
}

static struct mt_extent *take(uint32_t ordinal)
{
    struct mt_extent *extent = mt_extent_take_sparse_in(making.header, 1);
    if (extent)
        mt_extent_publish(extent, MT_EXTENT_SNAPSHOT, 1, ordinal, 0);
    return extent;
}

/* Lets what is in the chain belong to no snapshot. The first extent, with the head, goes first: a
 * reader that finds it has found all, if it finds it again afterwards. */
static void clear_chain(struct mt_extent *first)
{
    for (struct mt_extent *extent = first; extent; extent = next_of(extent)) {
        /* Sequentially consistent: before any store of what comes, for a reader that looks again.
         */
        __atomic_store_n(&extent->snapshot, 0, __ATOMIC_SEQ_CST);
        __atomic_store_n(&extent->used, 0, __ATOMIC_SEQ_CST);
    }
}

/* Goes on in the next extent of the chain, which is made where it ends. */
static struct mt_extent *advance(struct mt_extent *extent)
{
    struct mt_extent *next = next_of(extent);
    if (!next && !extent->next && (next = take(extent->ordinal + 2)))
        extent->next = unit_of(next);
    if (next)
        __atomic_store_n(&next->snapshot, making.number, __ATOMIC_RELEASE);
    return next;
}

/* The extent that the newest fact is in, whoever said it. */
static struct mt_extent *newest_extent(void)
{
    const uint64_t last = making.first->last;
    if (last == unit_of(making.extent))
        return making.extent;
    struct mt_extent *extent = extent_at(last);
    return mt_extent_back(extent, mt_page_bytes()) ? extent : NULL;
}

static int back(struct mt_extent *extent, uint64_t bytes)
{
    const uint64_t wanted = bytes <= FEW_BYTES ? FEW_BYTES : MT_UNIT_BYTES;
    if (extent == making.extent && bytes <= making.backed)
        return 1;
    if (!mt_extent_back(extent, wanted))
        return 0;
    making.backed = wanted;
    return 1;
}

static struct mt_extent *extent_with_room(size_t bytes)
{
    struct mt_extent *extent = newest_extent();
    if (extent && extent->used + bytes > ROOM)
        extent = advance(extent);
    if (!extent || !back(extent, sizeof *extent + extent->used + bytes))
        return NULL;
    making.extent = extent;
    making.first->last = unit_of(extent);
    return extent;
}

/* ---- beginning ---- */

static int say_head(enum mt_snapshot_cause cause)
{
    const struct mt_snapshot head = {
        .number = making.number,
        .cause = (uint32_t)cause,
        .taken_ms = mt_process_now_ms(),
        .page_bytes = mt_page_bytes(),
        .taken_mono_ns = mt_clock_ns(CLOCK_MONOTONIC),
    };
    return mt_snapshot_say(MT_SNAPSHOT_HEAD, &head, sizeof head, NULL, 0);
}

static int begin(struct mt_process *process, enum mt_snapshot_cause cause)
{
    making.header = process->header;
    making.number = __atomic_load_n(&process->header->snapshots_taken, __ATOMIC_RELAXED) + 1;
    const unsigned plane = making.number & 1;
    struct mt_extent *first = process->snapshot_chains[plane];
    if (!first)
        process->snapshot_chains[plane] = first = take(plane);
    if (!first)
        return 0;
    clear_chain(first);
    making.first = making.extent = first;
    making.backed = mt_page_bytes();
    first->last = unit_of(first);
    __atomic_store_n(&first->snapshot, making.number, __ATOMIC_RELEASE);
    return say_head(cause);
}

uint64_t mt_snapshot_begin(enum mt_snapshot_cause cause)
{
    struct mt_process *process = mt_process;
    /* Acquire: what the last maker has written into the chains is seen. */
    if (!process || !process->header || mt_vanished() ||
        __atomic_exchange_n(&process->snapshot_lock, 1, __ATOMIC_ACQUIRE))
        return 0;
    if (begin(process, cause))
        return making.number;
    making.header = NULL;
    __atomic_store_n(&process->snapshot_lock, 0, __ATOMIC_RELEASE);
    return 0;
}

struct mt_snapshot *mt_snapshot_head(void)
{
    struct mt_fact *fact = (struct mt_fact *)(making.first + 1);
    return (struct mt_snapshot *)(fact + 1);
}

/* ---- going on, and the end ---- */

static void copy(char *to, const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = ((const char *)from)[i];
}

int mt_snapshot_say(enum mt_snapshot_fact kind, const void *head, size_t head_bytes,
                    const void *tail, size_t tail_bytes)
{
    const size_t payload = head_bytes + tail_bytes;
    const size_t bytes = (sizeof(struct mt_fact) + payload + 7) & ~(size_t)7;
    struct mt_extent *extent = payload <= MT_SNAPSHOT_PAYLOAD_MAX ? extent_with_room(bytes) : NULL;
    if (!extent) {
        __atomic_fetch_add(&making.header->lost_facts, 1, __ATOMIC_RELAXED);
        return 0;
    }
    char *at = (char *)(extent + 1) + extent->used;
    *(struct mt_fact *)at = (struct mt_fact){(uint32_t)kind, (uint32_t)payload};
    copy(at + sizeof(struct mt_fact), head, head_bytes);
    copy(at + sizeof(struct mt_fact) + head_bytes, tail, tail_bytes);
    /* Release: what the parent of a maker that died finds here is whole. */
    __atomic_store_n(&extent->used, extent->used + bytes, __ATOMIC_RELEASE);
    return 1;
}

void mt_snapshot_take_back(void)
{
    struct mt_extent *first = making.first;
    clear_chain(first->next ? next_of(first) : NULL);
    first->used = (sizeof(struct mt_fact) + sizeof(struct mt_snapshot) + 7) & ~(size_t)7;
    first->last = unit_of(first);
    making.extent = first;
    making.backed = FEW_BYTES;
}

void mt_snapshot_end(void)
{
    if (!making.header)
        return;
    /* Release: a reader that sees the number sees the facts. */
    __atomic_store_n(&making.header->snapshots_taken, making.number, __ATOMIC_RELEASE);
    making.header = NULL;
    __atomic_store_n(&mt_process->snapshot_lock, 0, __ATOMIC_RELEASE);
}
