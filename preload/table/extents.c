/* extents.c: gives out room in the trace, 64 KiB units in order, and makes it safe to store into.
 *
 * A store into a shared file mapping raises SIGBUS when the disk is full. So units are made
 * writable and backed here, by MADV_POPULATE_WRITE, which reports that as an error instead (Linux
 * 5.14; before, the kernel is made to write into each page for us, which fails as harmlessly).
 * No descriptor is needed for either. */
#include "extents.h"

#include <sys/mman.h>
#include "process.h"
#include "sys.h"
#include "vanished.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum {
    READ_AHEAD_FROM_UNITS =
        32,         /* length of a trace from which on the kernel may read ahead in it */
    QUEUE_MS = 200, /* a real-time thread may wait for one that has no processor */
};

struct mt_header *mt_trace_header(void)
{
    struct mt_process *process = mt_process;
    return process ? process->header : NULL;
}

/* Lets the kernel store into each page: where that cannot be, the call fails and no signal comes.
 */
static int touch_by_kernel(char *at, uint64_t bytes)
{
    for (uint64_t offset = 0; offset < bytes; offset += 4096) {
        uint64_t *page = (uint64_t *)(at + offset);
        if (mt_sys(SYS_clock_gettime, 1 /* CLOCK_MONOTONIC */, page) != 0)
            return 0;
        page[0] = page[1] = 0;
    }
    return 1;
}

static int open_range(void *at, uint64_t bytes)
{
    return mt_sys(SYS_mprotect, at, bytes, PROT_READ | PROT_WRITE) == 0;
}

static int populate(void *at, uint64_t bytes)
{
    long result;
    do
        result = mt_sys(SYS_madvise, at, bytes, MADV_POPULATE_WRITE);
    while (result == -4 /* EINTR */ || result == -11 /* EAGAIN */);
    return result == 0 || (result == -22 /* EINVAL */ && touch_by_kernel(at, bytes));
}

int mt_extent_back(void *at, uint64_t bytes)
{
    return open_range(at, bytes) && populate(at, bytes);
}

static void note_taken(struct mt_process *process, uint64_t units)
{
    uint64_t taken = __atomic_load_n(&process->units_taken, __ATOMIC_RELAXED);
    while (taken < units && !__atomic_compare_exchange_n(&process->units_taken, &taken, units, 1,
                                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

/* How far the mapping reaches, whatever somebody else has written into the header. A child that
 * scans finds mt_process empty. */
static uint64_t units_mapped(const struct mt_header *header)
{
    const uint64_t reserved = __atomic_load_n(&header->units_reserved, __ATOMIC_RELAXED);
    const uint64_t mapped = mt_process->reserved_bytes >> MT_UNIT_SHIFT;
    return mapped && mapped < reserved ? mapped : reserved;
}

/* Claims units by moving units_used forward, never beyond what is mapped. The units are this
 * thread's alone, and readers learn of them through the extent's magic: the order matters to the
 * closing of the trace only, see take. */
static uint64_t claim(struct mt_header *header, uint32_t units)
{
    const uint64_t mapped = units_mapped(header);
    uint64_t first = __atomic_load_n(&header->units_used, __ATOMIC_RELAXED);
    do {
        if (first > mapped || units > mapped - first)
            return 0;
    } while (!__atomic_compare_exchange_n(&header->units_used, &first, first + units, 1,
                                          __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    note_taken(mt_process, first + units);
    return first;
}

static struct mt_extent *no_room(struct mt_header *header, uint32_t mark)
{
    __atomic_fetch_or(&header->flags, mark, __ATOMIC_RELAXED);
    return NULL;
}

/* A page of its own is what the kernel makes of each hole it is made to fill, 4 to 5 us on ext4,
 * unless it may read ahead: then it makes large folios, and a page is about 1 us. It may not in a
 * small trace, for it reads as far as the disk's read_ahead_kb, 2 ms for 8 MiB. So whoever claims
 * this unit allows it for all that come after: extents that are opened one by one stay one mapping
 * of the kernel's, and a program that has as many as it may have does not keep us from opening the
 * next. */
static void allow_read_ahead(struct mt_header *header, uint64_t first, uint32_t units)
{
    const uint64_t from = READ_AHEAD_FROM_UNITS;
    if (first <= from && first + units > from)
        mt_sys(SYS_madvise, (char *)header + (from << MT_UNIT_SHIFT),
               (header->units_reserved - from) << MT_UNIT_SHIFT, MADV_NORMAL);
}

/* What is backed page by page needs no page but those. */
static void refuse_read_ahead(char *at, uint64_t first, uint32_t units)
{
    if (first >= READ_AHEAD_FROM_UNITS)
        mt_sys(SYS_madvise, at, (uint64_t)units << MT_UNIT_SHIFT, MADV_RANDOM);
}

/* Where there is no room, `mark` is set in the header's flags. */
static struct mt_extent *take(struct mt_header *header, uint32_t units, uint64_t backed_bytes,
                              uint32_t mark)
{
    struct mt_process *process = mt_process;
    /* Once full, always full: a disk with room again would give a trace with a hole in time, and
     * every allocation of a program on a full disk would pay two system calls. */
    if (__atomic_load_n(&header->flags, __ATOMIC_RELAXED) & MT_FLAG_FULL ||
        __atomic_load_n(&process->closing, __ATOMIC_RELAXED) || mt_vanished())
        return NULL;
    const uint64_t first = claim(header, units);
    if (!first)
        return no_room(header, mark);
    /* Asked again after the claim, both sequentially consistent: whoever closes the trace and then
     * reads units_used either sees this claim and cuts the file behind it, or is seen here. */
    if (__atomic_load_n(&process->closing, __ATOMIC_SEQ_CST)) {
        uint64_t end = first + units;
        __atomic_compare_exchange_n(&header->units_used, &end, first, 0, __ATOMIC_SEQ_CST,
                                    __ATOMIC_RELAXED);
        return NULL;
    }
    char *at = (char *)header + (first << MT_UNIT_SHIFT);
    allow_read_ahead(header, first, units);
    if (!open_range(at, (uint64_t)units << MT_UNIT_SHIFT))
        return no_room(header, mark);
    if (backed_bytes < MT_UNIT_BYTES)
        refuse_read_ahead(at, first, units);
    if (!populate(at, backed_bytes))
        return no_room(header, mark);
    return (struct mt_extent *)at;
}

struct mt_extent *mt_extent_take(uint32_t units)
{
    if (units == 1) {
        struct mt_extent *spare =
            __atomic_exchange_n(&mt_process->spare_unit, NULL, __ATOMIC_ACQUIRE);
        if (spare)
            return spare;
    }
    return take(mt_process->header, units, (uint64_t)units << MT_UNIT_SHIFT, MT_FLAG_FULL);
}

struct mt_extent *mt_extent_take_sparse(uint32_t units)
{
    return mt_extent_take_sparse_in(mt_process->header, units);
}

struct mt_extent *mt_extent_take_sparse_in(struct mt_header *header, uint32_t units)
{
    return take(header, units, 4096, 0);
}

int mt_extents_open(struct mt_header *header, uint64_t units)
{
    return open_range(header, units << MT_UNIT_SHIFT);
}

void mt_extent_publish(struct mt_extent *extent, enum mt_extent_kind kind, uint32_t units,
                       uint32_t ordinal, uint64_t used)
{
    extent->kind = kind;
    extent->units = units;
    extent->ordinal = ordinal;
    /* Who found the extent before it was published may have taken from it already. */
    uint64_t none = 0;
    __atomic_compare_exchange_n(&extent->used, &none, used, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    /* Release: a reader that sees the magic sees the rest of the head. */
    __atomic_store_n(&extent->magic, MT_EXTENT_MAGIC, __ATOMIC_RELEASE);
}

int mt_extents_enter(uint64_t *ret_signals)
{
    return mt_lock_take_within(&mt_process->extents_lock, QUEUE_MS, ret_signals);
}

void mt_extents_leave(int entered, uint64_t signals)
{
    if (entered)
        mt_lock_release(&mt_process->extents_lock, signals);
}

void mt_extent_give_back(struct mt_extent *extent)
{
    /* A spare that is already there is dropped: 64 KiB, where three threads have not waited for
     * each other. Release pairs with the acquire in take: the unit's zeros are visible. */
    __atomic_store_n(&mt_process->spare_unit, extent, __ATOMIC_RELEASE);
}
