/* space.c: questions to an address space, and how a snapshot becomes one. Areas ascend, and so do
 * the runs of pages in them: every question is a binary search and a walk to the right. */
#include "space.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { ADDRESS_BITS = 57 }; /* of user space: vsyscall lies beyond, and is not in VmSize */

void mt_range_add(struct mt_range *sum, const struct mt_range *more)
{
    sum->bytes += more->bytes;
    sum->anonymous += more->anonymous;
    sum->file += more->file;
    sum->memory += more->memory;
    sum->swapped += more->swapped;
    sum->unseen += more->unseen;
}

/* ---- questions ---- */

const struct mt_space_area *mt_space_find(const struct mt_space *space, uint64_t address)
{
    size_t low = 0, high = space->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (space->areas[middle].seen.end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < space->count ? &space->areas[low] : NULL;
}

static uint64_t overlap(uint64_t start, uint64_t end, uint64_t other_start, uint64_t other_end)
{
    const uint64_t low = start > other_start ? start : other_start;
    const uint64_t high = end < other_end ? end : other_end;
    return low < high ? high - low : 0;
}

static uint64_t run_end(const struct mt_space *space, const struct mt_seen_area *seen, size_t i)
{
    const uint64_t run = seen->runs[i];
    return seen->start + (mt_pages_first(run) + mt_pages_count(run)) * space->page_bytes;
}

/* The first run that ends beyond `address`. */
static size_t find_run(const struct mt_space *space, const struct mt_seen_area *seen,
                       uint64_t address)
{
    size_t low = 0, high = seen->run_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (run_end(space, seen, middle) <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_run(struct mt_range *pages, const struct mt_space_area *area, unsigned state,
                    uint64_t bytes)
{
    if (state & MT_PAGE_SWAPPED)
        pages->swapped += bytes;
    if (!(state & MT_PAGE_PRESENT) || state & MT_PAGE_ZERO)
        return;
    if (!(state & MT_PAGE_FILE))
        pages->anonymous += bytes;
    else if (area->is_memory)
        pages->memory += bytes;
    else
        pages->file += bytes;
}

static void add_area(const struct mt_space *space, const struct mt_space_area *area, uint64_t start,
                     uint64_t end, struct mt_range *pages)
{
    const struct mt_seen_area *seen = &area->seen;
    const uint64_t bytes = overlap(seen->start, seen->end, start, end);
    pages->bytes += bytes;
    if (area->is_unseen)
        pages->unseen += bytes;
    if (area->is_outside)
        return;
    for (size_t i = find_run(space, seen, start); i < seen->run_count; i++) {
        const uint64_t last = run_end(space, seen, i);
        const uint64_t first = last - mt_pages_count(seen->runs[i]) * space->page_bytes;
        if (first >= end)
            break;
        add_run(pages, area, mt_pages_state(seen->runs[i]), overlap(first, last, start, end));
    }
}

struct mt_range mt_space_range(const struct mt_space *space, uint64_t start, uint64_t end)
{
    struct mt_range pages = {0};
    const struct mt_space_area *beyond = space->areas + space->count;
    const struct mt_space_area *area = mt_space_find(space, start);
    for (; area && area < beyond && area->seen.start < end; area++)
        add_area(space, area, start, end, &pages);
    return pages;
}

/* ---- areas ---- */

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool mt_space_is_memory(const struct mt_seen_area *seen)
{
    enum { TMPFS = 0x01021994 };
    struct statfs system;
    struct stat file;
    if (!seen->inode)
        return false;
    if (begins_with(seen->name, "/dev/zero") || begins_with(seen->name, "/SYSV") ||
        begins_with(seen->name, "/memfd:") || begins_with(seen->name, "/dev/shm/") ||
        begins_with(seen->name, "/anon_hugepage"))
        return true;
    return stat(seen->name, &file) == 0 && file.st_ino == seen->inode &&
           statfs(seen->name, &system) == 0 && system.f_type == TMPFS;
}

/* ---- snapshots ---- */

static struct mt_space_area area_of(const struct mt_seen_area *seen)
{
    const bool is_trace = seen->flags & MT_AREA_TRACER && seen->flags & MT_AREA_SHARED;
    return (struct mt_space_area){
        .seen = *seen,
        .is_memory = mt_space_is_memory(seen),
        .is_outside = begins_with(seen->name, "[vvar") || seen->flags & MT_AREA_NO_PAGES,
        .is_unseen = is_trace && !seen->run_count,
    };
}

/* What the kernel counted: the process's own look nearest to the snapshot, if there is one about
 * then. */
static void take_figures(const struct mt_trace *trace, struct mt_space *space)
{
    enum { NEAR_MS = 100 };
    size_t count;
    const struct mt_look *looks = mt_trace_looks(trace, &count);
    const uint64_t taken_ms = space->snapshot->taken_ms;
    uint64_t nearest_ms = NEAR_MS;
    for (size_t i = 0; i < count; i++) {
        const uint64_t at = looks[i].taken_ms;
        const uint64_t distance_ms = at > taken_ms ? at - taken_ms : taken_ms - at;
        if (looks[i].from_outside || distance_ms >= nearest_ms)
            continue;
        memcpy(space->figures, looks[i].figures, sizeof space->figures);
        nearest_ms = distance_ms;
    }
}

int mt_space_of_snapshot(const struct mt_trace *trace, struct mt_space *ret_space,
                         struct mt_error *error)
{
    const struct mt_seen *seen = mt_trace_snapshot(trace, 0);
    struct mt_space space = {.page_bytes = 4096};
    for (int i = 0; i < MT_FIGURE_COUNT; i++)
        space.figures[i] = MT_FIGURE_UNKNOWN;
    if (seen) {
        space.source = MT_SPACE_SNAPSHOT;
        space.snapshot = &seen->head;
        space.page_bytes = seen->head.page_bytes;
        space.residency = seen->head.residency;
        take_figures(trace, &space);
        space.areas = calloc(seen->area_count + 1, sizeof *space.areas);
        if (!space.areas)
            return mt_fail(error, MT_UNREADABLE, "%s: not enough memory", mt_trace_path(trace));
        for (size_t i = 0; i < seen->area_count; i++) {
            if (seen->areas[i].end >> ADDRESS_BITS == 0)
                space.areas[space.count++] = area_of(&seen->areas[i]);
        }
    }
    *ret_space = space;
    return MT_OK;
}

void mt_space_finish(struct mt_space *space)
{
    free(space->areas);
    free(space->names);
    free(space->runs);
    *space = (struct mt_space){0};
}
