/* live_figures.c: goes from head to head through the extents of a trace and sums what the slots of
 * threads and mappings say. Each word is read whole; the sum is as of no one instant, but each call
 * in flight moves it by its own size at most. */
#include "live_figures.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum {
    EXTENTS_MAX = 4096,  /* that are looked at: 4 GiB of trace */
    MAPPED_MAX = 16,     /* MAPPINGS extents that are summed */
    SLOTS_BYTES = 65536, /* of an extent of one unit */
};

bool mt_live_extents(int fd, mt_extent_visitor *visit, void *context)
{
    uint64_t used = 0, unit = 1;
    if (pread(fd, &used, sizeof used, offsetof(struct mt_header, units_used)) != sizeof used)
        return false;
    for (int i = 0; i < EXTENTS_MAX && unit < used && unit < UINT32_MAX; i++) {
        struct mt_extent head;
        const uint64_t offset = unit << MT_UNIT_SHIFT;
        if (pread(fd, &head, sizeof head, (off_t)offset) != sizeof head)
            return false;
        const bool is_extent = head.magic == MT_EXTENT_MAGIC && head.units > 0;
        if (is_extent && !visit(fd, &head, offset, context))
            return false;
        unit += is_extent ? head.units : 1;
    }
    return unit >= used;
}

/* ---- sums ---- */

struct sums {
    uint64_t live, allocations, frees, mapped;
    int mapped_extents;
};

static void add_threads(const struct mt_thread *slot, size_t count, struct sums *sums)
{
    for (; count && slot->tid; count--, slot++) {
        sums->live += slot->allocated_bytes - slot->freed_bytes;
        sums->allocations += mt_thread_allocations(slot);
        sums->frees += mt_thread_frees(slot);
    }
}

static void add_mappings(const struct mt_mapping *slot, size_t count, struct sums *sums)
{
    for (; count; count--, slot++)
        sums->mapped += slot->sequence ? slot->bytes : 0;
}

static bool add_extent(int fd, const struct mt_extent *head, uint64_t offset, void *context)
{
    static union {
        char bytes[SLOTS_BYTES];
        struct mt_thread threads[SLOTS_BYTES / MT_THREAD_BYTES];
        struct mt_mapping mappings[SLOTS_BYTES / MT_MAPPING_BYTES];
    } slots;
    struct sums *sums = context;
    const bool has_threads = head->kind == MT_EXTENT_THREADS;
    if (!has_threads && head->kind != MT_EXTENT_MAPPINGS)
        return true;
    sums->mapped_extents += !has_threads;
    if (sums->mapped_extents > MAPPED_MAX)
        return false;
    memset(&slots, 0, sizeof slots);
    if (pread(fd, &slots, sizeof slots, (off_t)offset) < 0)
        return false;
    if (has_threads)
        add_threads(slots.threads + 1, MT_THREADS_PER_EXTENT, sums);
    else
        add_mappings(slots.mappings + 1,
                     head->used < MT_MAPPINGS_PER_EXTENT ? head->used : MT_MAPPINGS_PER_EXTENT,
                     sums);
    return true;
}

void mt_live_figures(int fd, uint64_t *figures)
{
    struct sums sums = {0};
    if (!mt_live_extents(fd, add_extent, &sums))
        return;
    figures[MT_FIGURE_LIVE_BYTES] = sums.live;
    figures[MT_FIGURE_ALLOCATIONS] = sums.allocations;
    figures[MT_FIGURE_FREES] = sums.frees;
    figures[MT_FIGURE_MAPPED_BYTES] = sums.mapped;
}

/* ---- the place for looks ---- */

struct place {
    enum mt_extent_kind kind;
    uint32_t ordinal;
    uint64_t offset;
};

static bool note_place(int fd, const struct mt_extent *head, uint64_t offset, void *context)
{
    (void)fd;
    struct place *place = context;
    if (head->kind == place->kind && head->ordinal == place->ordinal &&
        head->units == MT_SYSTEM_UNITS)
        place->offset = offset;
    return place->offset == 0;
}

uint64_t mt_live_place(int fd, enum mt_extent_kind kind, uint32_t ordinal)
{
    struct place place = {kind, ordinal, 0};
    mt_live_extents(fd, note_place, &place);
    return place.offset;
}
