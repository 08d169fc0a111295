/* pages.c: takes objects by ascending address and the areas of a snapshot with their runs of pages,
 * gives how many of each object's bytes were resident, swapped, never touched. Both ascend, so it
 * is one merge: ten million blocks cost ten million steps. */
#include "sites.h"

struct mt_pages_known mt_pages_known(const struct mt_trace *trace)
{
    const struct mt_seen *seen = mt_trace_snapshot(trace, MT_NEWEST);
    const uint32_t residency = seen ? seen->head.residency : MT_RESIDENCY_NONE;
    return (struct mt_pages_known){
        .method = mt_residency_name(residency),
        .has_resident = mt_residency_name(residency) != NULL,
        .has_swapped = residency == MT_RESIDENCY_SCAN || residency == MT_RESIDENCY_PAGEMAP,
        .has_huge = residency == MT_RESIDENCY_SCAN,
    };
}

struct mt_page_walk mt_pages_begin(const struct mt_trace *trace)
{
    const bool is_known = mt_pages_known(trace).has_resident;
    return (struct mt_page_walk){.seen = is_known ? mt_trace_snapshot(trace, MT_NEWEST) : NULL};
}

/* ---- one object ---- */

static uint64_t run_start(const struct mt_page_walk *walk, const struct mt_seen_area *area)
{
    return area->start + mt_pages_first(area->runs[walk->run]) * walk->seen->head.page_bytes;
}

static uint64_t run_end(const struct mt_page_walk *walk, const struct mt_seen_area *area)
{
    return run_start(walk, area) +
           mt_pages_count(area->runs[walk->run]) * walk->seen->head.page_bytes;
}

static void count(struct mt_pages *pages, unsigned state, uint64_t bytes)
{
    if (state & MT_PAGE_SWAPPED)
        pages->swapped += bytes;
    else if (!(state & MT_PAGE_PRESENT) || state & MT_PAGE_ZERO)
        pages->never_touched += bytes;
    else
        pages->resident += bytes;
    if (state & MT_PAGE_PRESENT && state & MT_PAGE_HUGE && !(state & MT_PAGE_ZERO))
        pages->huge += bytes;
}

/* Counts from walk->at up to `end`, both in the area. */
static void count_in_area(struct mt_page_walk *walk, const struct mt_seen_area *area, uint64_t end,
                          struct mt_pages *pages)
{
    if (area->flags & MT_AREA_NO_PAGES) {
        pages->unseen += end - walk->at;
        walk->at = end;
    }
    while (walk->at < end) {
        while (walk->run < area->run_count && run_end(walk, area) <= walk->at)
            walk->run++;
        const bool has_run = walk->run < area->run_count;
        const bool is_inside = has_run && run_start(walk, area) <= walk->at;
        uint64_t stop = !has_run ? end : is_inside ? run_end(walk, area) : run_start(walk, area);
        if (stop > end)
            stop = end;
        count(pages, is_inside ? mt_pages_state(area->runs[walk->run]) : 0, stop - walk->at);
        walk->at = stop;
    }
}

/* Moves the walk to an address that is before the one asked for last. */
static void go_back(struct mt_page_walk *walk, uint64_t address)
{
    walk->at = address;
    walk->area = mt_seen_area_after(walk->seen, address);
    walk->run = 0;
}

struct mt_pages mt_pages_next(struct mt_page_walk *walk, uint64_t address, uint64_t bytes,
                              uint64_t born_ms)
{
    struct mt_pages pages = {0};
    const struct mt_seen *seen = walk->seen;
    const uint64_t end = address + bytes < address ? UINT64_MAX : address + bytes;
    if (!seen || born_ms > seen->head.taken_ms) {
        pages.unseen = bytes;
        return pages;
    }
    if (address < walk->at)
        go_back(walk, address);
    walk->at = address;
    while (walk->at < end) {
        for (; walk->area < seen->area_count && seen->areas[walk->area].end <= walk->at;
             walk->area++)
            walk->run = 0;
        const struct mt_seen_area *area =
            walk->area < seen->area_count ? &seen->areas[walk->area] : NULL;
        const uint64_t start = area && area->start < end ? area->start : end;
        if (start > walk->at) {
            pages.unseen += start - walk->at;
            walk->at = start;
        }
        if (walk->at < end)
            count_in_area(walk, area, area->end < end ? area->end : end, &pages);
    }
    return pages;
}

/* ---- sums ---- */

void mt_pages_add(struct mt_pages_sum *sum, const struct mt_pages *pages, double weight)
{
    sum->resident += weight * (double)pages->resident;
    sum->swapped += weight * (double)pages->swapped;
    sum->never_touched += weight * (double)pages->never_touched;
    sum->unseen += weight * (double)pages->unseen;
    sum->huge += weight * (double)pages->huge;
}

void mt_pages_merge(struct mt_pages_sum *sum, const struct mt_pages_sum *more)
{
    sum->resident += more->resident;
    sum->swapped += more->swapped;
    sum->never_touched += more->never_touched;
    sum->unseen += more->unseen;
    sum->huge += more->huge;
}

static uint64_t rounded(double number)
{
    const struct mt_sum sum = {.bytes = number};
    return mt_sum_round(&sum).bytes;
}

struct mt_pages mt_pages_round(const struct mt_pages_sum *sum)
{
    return (struct mt_pages){
        .resident = rounded(sum->resident),
        .swapped = rounded(sum->swapped),
        .never_touched = rounded(sum->never_touched),
        .unseen = rounded(sum->unseen),
        .huge = rounded(sum->huge),
    };
}
