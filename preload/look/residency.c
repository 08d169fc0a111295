/* residency.c: from the areas of the address space to runs of pages with one state, by the best of
 * three ways that the kernel allows an unprivileged process on itself:
 *
 *   PAGEMAP_SCAN       Linux 6.7: the kernel walks the page tables and gives runs; all states
 *   /proc/self/pagemap one word per page; huge pages and the page of zeros look like others
 *   mincore            one byte per page: in RAM or not. Of files it says what the page cache has
 *                      (or nothing true, where the file is not ours), so only memory without a file
 *                      and shared memory are asked for
 *
 * A process that is not dumpable may not open its pagemap; a container's sandbox may refuse the
 * ioctl.
 *
 * The trace itself is listed without its pages: they are the file's. */
#include "residency.h"

#include <fcntl.h>
#include <sys/mman.h>
#include "areas.h"
#include "clock.h"
#include "extents.h"
#include "memory.h"
#include "memtrace/pagemap.h"
#include "process.h"
#include "snapshot.h"
#include "sys.h"

enum {
    RUNS_ROOM = 512,
    BUFFER_BYTES = 4096,
    PAGES_ASKED_MAX = 1 << 24, /* of one area, one by one: 64 GiB. What is larger is a reservation
                                  whose pages would take seconds to ask for */
};

struct survey {
    enum mt_residency method;
    uint64_t categories; /* that this kernel's PAGEMAP_SCAN returns */
    long pagemap;        /* descriptor; negative: none */
    uint64_t page_bytes;
    int is_full; /* the trace took no more */

    uint64_t runs[RUNS_ROOM]; /* of the area at hand, not yet said */
    size_t run_count;
};

/* ---- runs ---- */

static void say_runs(struct survey *survey)
{
    if (survey->run_count && !mt_snapshot_say(MT_SNAPSHOT_PAGES, survey->runs,
                                              survey->run_count * sizeof *survey->runs, NULL, 0))
        survey->is_full = 1;
    survey->run_count = 0;
}

static void add_run(struct survey *survey, uint64_t first, uint64_t count, unsigned state)
{
    uint64_t *last = survey->run_count ? &survey->runs[survey->run_count - 1] : NULL;
    if (!state)
        return;
    if (last && mt_pages_state(*last) == state &&
        mt_pages_first(*last) + mt_pages_count(*last) == first) {
        *last = mt_pages_encode(mt_pages_first(*last), mt_pages_count(*last) + count, state);
        return;
    }
    if (survey->run_count == RUNS_ROOM)
        say_runs(survey);
    survey->runs[survey->run_count++] = mt_pages_encode(first, count, state);
}

/* ---- PAGEMAP_SCAN ---- */

static long scan(const struct survey *survey, struct mt_scan_request *request)
{
    return mt_sys(SYS_ioctl, survey->pagemap, MT_SCAN_CALL, request);
}

static void look_by_scan(struct survey *survey, const struct mt_area *area)
{
    struct mt_scan_region regions[BUFFER_BYTES / sizeof(struct mt_scan_region)];
    struct mt_scan_request request = {
        .size = sizeof request,
        .start = area->start,
        .end = area->end,
        .regions = (uintptr_t)regions,
        .region_room = sizeof regions / sizeof *regions,
        .any_of = MT_SCAN_PRESENT | MT_SCAN_SWAPPED,
        .returned = survey->categories,
    };
    while (request.start < area->end && !survey->is_full) {
        const long count = scan(survey, &request);
        if (count < 0)
            return;
        for (long i = 0; i < count; i++)
            add_run(survey, (regions[i].start - area->start) / survey->page_bytes,
                    (regions[i].end - regions[i].start) / survey->page_bytes,
                    mt_scan_state(regions[i].categories));
        if (request.walk_end <= request.start)
            return;
        request.start = request.walk_end;
    }
}

/* ---- /proc/self/pagemap ---- */

static long read_pagemap(const struct survey *survey, uint64_t address, uint64_t *to, size_t count)
{
    const uint64_t offset = address / survey->page_bytes * sizeof *to;
    return mt_sys(SYS_pread64, survey->pagemap, to, count * sizeof *to, offset) / (long)sizeof *to;
}

static void look_by_pagemap(struct survey *survey, const struct mt_area *area)
{
    uint64_t words[BUFFER_BYTES / sizeof(uint64_t)];
    const size_t room = sizeof words / sizeof *words;
    const uint64_t pages = (area->end - area->start) / survey->page_bytes;
    for (uint64_t page = 0; page < pages && !survey->is_full;) {
        const size_t wanted = pages - page < room ? pages - page : room;
        const long got =
            read_pagemap(survey, area->start + page * survey->page_bytes, words, wanted);
        if (got <= 0)
            return;
        for (long i = 0; i < got; i++)
            if (words[i] & (MT_PAGEMAP_PRESENT | MT_PAGEMAP_SWAPPED))
                add_run(survey, page + (uint64_t)i, 1, mt_pagemap_state(words[i]));
        page += (uint64_t)got;
    }
}

/* ---- mincore ---- */

static void look_by_mincore(struct survey *survey, const struct mt_area *area)
{
    unsigned char in_ram[BUFFER_BYTES];
    const unsigned state =
        MT_PAGE_PRESENT | (area->flags & MT_AREA_SHARED ? (unsigned)MT_PAGE_FILE : 0);
    const uint64_t pages = (area->end - area->start) / survey->page_bytes;
    for (uint64_t page = 0; page < pages && !survey->is_full; page += sizeof in_ram) {
        const uint64_t count = pages - page < sizeof in_ram ? pages - page : sizeof in_ram;
        if (mt_sys(SYS_mincore, area->start + page * survey->page_bytes, count * survey->page_bytes,
                   in_ram) != 0)
            return;
        for (uint64_t i = 0; i < count; i++)
            if (in_ram[i] & 1)
                add_run(survey, page + i, 1, state);
    }
}

/* ---- the way to ask ---- */

static int can_scan(struct survey *survey)
{
    struct mt_scan_region region;
    const uint64_t page = (uintptr_t)survey & ~(survey->page_bytes - 1);
    struct mt_scan_request request = {
        .size = sizeof request,
        .start = page,
        .end = page + survey->page_bytes,
        .regions = (uintptr_t)&region,
        .region_room = 1,
        .any_of = MT_SCAN_PRESENT,
    };
    static const uint64_t choices[] = {MT_SCAN_STATES | MT_SCAN_GUARD, MT_SCAN_STATES};
    for (int i = 0; i < 2; i++) {
        request.returned = survey->categories = choices[i];
        if (scan(survey, &request) == 1)
            return 1;
    }
    return 0;
}

static int can_read_pagemap(const struct survey *survey)
{
    uint64_t word;
    return read_pagemap(survey, (uintptr_t)survey, &word, 1) == 1 && word & MT_PAGEMAP_PRESENT;
}

static int can_ask_mincore(const struct survey *survey)
{
    unsigned char in_ram = 0;
    const uint64_t page = (uintptr_t)survey & ~(survey->page_bytes - 1);
    return mt_sys(SYS_mincore, page, survey->page_bytes, &in_ram) == 0 && in_ram & 1;
}

static void choose_method(struct survey *survey)
{
    survey->pagemap = mt_sys(SYS_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (survey->pagemap >= 0 && can_scan(survey))
        survey->method = MT_RESIDENCY_SCAN;
    else if (survey->pagemap >= 0 && can_read_pagemap(survey))
        survey->method = MT_RESIDENCY_PAGEMAP;
    else if (can_ask_mincore(survey))
        survey->method = MT_RESIDENCY_MINCORE;
}

/* ---- areas ---- */

static int is_trace(const struct mt_area *area)
{
    const uint64_t start = (uintptr_t)mt_trace_header();
    return area->start >= start && area->start < start + mt_process->reserved_bytes;
}

static int begins_with(const char *name, size_t bytes, const char *beginning)
{
    size_t i = 0;
    while (i < bytes && beginning[i] && name[i] == beginning[i])
        i++;
    return !beginning[i];
}

/* Whether the pages are a device's or the kernel's, not memory of the process. */
static int is_device(const struct mt_area *area, const char *name, size_t bytes)
{
    return (int64_t)area->start < 0 || begins_with(name, bytes, "[vvar") ||
           (begins_with(name, bytes, "/dev/") && !begins_with(name, bytes, "/dev/zero") &&
            !begins_with(name, bytes, "/dev/shm/") && !begins_with(name, bytes, "/dev/hugepages/"));
}

static int can_look(const struct survey *survey, const struct mt_area *area)
{
    const uint64_t pages = (area->end - area->start) / survey->page_bytes;
    switch (survey->method) {
    case MT_RESIDENCY_SCAN:
        return 1;
    case MT_RESIDENCY_PAGEMAP:
        return pages <= PAGES_ASKED_MAX;
    case MT_RESIDENCY_MINCORE:
        return pages <= PAGES_ASKED_MAX && (!area->inode || area->flags & MT_AREA_SHARED);
    default:
        return 0;
    }
}

static void look(struct survey *survey, const struct mt_area *area)
{
    if (survey->method == MT_RESIDENCY_SCAN)
        look_by_scan(survey, area);
    else if (survey->method == MT_RESIDENCY_PAGEMAP)
        look_by_pagemap(survey, area);
    else
        look_by_mincore(survey, area);
    say_runs(survey);
}

/* Says one area of at most MT_AREA_PAGES_MAX pages, and adds to its flags. */
static void say_area(struct survey *survey, struct mt_area *area, const char *name, size_t bytes)
{
    const int is_looked_at =
        !is_trace(area) && !is_device(area, name, bytes) && can_look(survey, area);
    if (!is_looked_at)
        area->flags |= MT_AREA_NO_PAGES;
    if (is_trace(area) || mt_memory_is_own(area->start))
        area->flags |= MT_AREA_TRACER;
    if (!mt_snapshot_say(MT_SNAPSHOT_AREA, area, sizeof *area, name, bytes))
        survey->is_full = 1;
    else if (is_looked_at)
        look(survey, area);
}

static int visit(const struct mt_area *area, const char *name, size_t bytes, void *context)
{
    struct survey *survey = context;
    const uint64_t most = MT_AREA_PAGES_MAX * survey->page_bytes;
    struct mt_area part = *area;
    for (; part.start < area->end && !survey->is_full; part.start = part.end) {
        part.end = area->end - part.start > most ? part.start + most : area->end;
        part.file_offset = area->file_offset + (area->inode ? part.start - area->start : 0);
        part.flags = area->flags;
        say_area(survey, &part, name, bytes);
    }
    return survey->is_full;
}

int mt_residency_say(void)
{
    struct mt_snapshot *head = mt_snapshot_head();
    struct survey survey = {.pagemap = -1, .page_bytes = head->page_bytes};
    const uint64_t begun_ns = mt_clock_ns(CLOCK_MONOTONIC);
    choose_method(&survey);
    const int is_whole = mt_areas_each(visit, &survey);
    if (survey.pagemap >= 0)
        mt_sys(SYS_close, survey.pagemap);
    if (!is_whole)
        mt_snapshot_take_back();
    head->residency = is_whole ? survey.method : MT_RESIDENCY_NONE;
    head->pages_us = (mt_clock_ns(CLOCK_MONOTONIC) - begun_ns) / 1000;
    return is_whole;
}
