/* space_pages.c: the states come from PAGEMAP_SCAN (Linux 6.7), which jumps over what is not there,
 * else from a word per page. Of space_pages.h. */
#include "space_pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "memtrace/pagemap.h"

enum { REGIONS = 1024, WORDS = 8192 };

static int add_run(struct mt_space_pages *pages, struct mt_seen_area *seen, uint64_t start,
                   uint64_t end, unsigned state)
{
    struct mt_space *space = pages->space;
    const uint64_t first = (start - seen->start) / space->page_bytes;
    const uint64_t count = (end - start) / space->page_bytes;
    if (seen->run_count) {
        uint64_t *last = &space->runs[pages->run_count - 1];
        if (mt_pages_state(*last) == state &&
            mt_pages_first(*last) + mt_pages_count(*last) == first) {
            *last = mt_pages_encode(mt_pages_first(*last), mt_pages_count(*last) + count, state);
            return 0;
        }
    }
    if (pages->run_count == pages->run_room) {
        const size_t room = pages->run_room ? 2 * pages->run_room : 1024;
        uint64_t *runs = reallocarray(space->runs, room, sizeof *runs);
        if (!runs)
            return -1;
        space->runs = runs;
        pages->run_room = room;
    }
    space->runs[pages->run_count++] = mt_pages_encode(first, count, state);
    seen->run_count++;
    return 0;
}

/* Returns 1 where the kernel has no such call, -1 without memory. */
static int scan_area(struct mt_space_pages *pages, struct mt_seen_area *seen)
{
    static struct mt_scan_region regions[REGIONS];
    struct mt_scan_request request = {
        .size = sizeof request,
        .end = seen->end,
        .regions = (uintptr_t)regions,
        .region_room = REGIONS,
        .any_of = MT_SCAN_PRESENT | MT_SCAN_SWAPPED,
        .returned = MT_SCAN_STATES | (pages->has_no_guards ? 0 : MT_SCAN_GUARD),
    };
    for (uint64_t at = seen->start; at < seen->end; at = request.walk_end) {
        request.start = at;
        const int count = ioctl(pages->pagemap, MT_SCAN_CALL, &request);
        if (count < 0 && at == seen->start) {
            if (pages->has_no_guards)
                return 1;
            pages->has_no_guards = true;
            return scan_area(pages, seen);
        }
        for (int i = 0; i < count; i++) {
            const unsigned state = mt_scan_state(regions[i].categories);
            if (state && add_run(pages, seen, regions[i].start, regions[i].end, state))
                return -1;
        }
        if (count < 0 || request.walk_end <= at)
            break;
    }
    return 0;
}

static int read_words(struct mt_space_pages *pages, struct mt_seen_area *seen)
{
    static uint64_t words[WORDS];
    const uint64_t page = pages->space->page_bytes;
    for (uint64_t at = seen->start; at < seen->end;) {
        const uint64_t left = (seen->end - at) / page;
        const size_t wanted = (left < WORDS ? left : WORDS) * sizeof *words;
        const ssize_t got = pread(pages->pagemap, words, wanted, (off_t)(at / page * 8));
        if (got < (ssize_t)sizeof *words)
            return 0; /* it has been unmapped meanwhile */
        for (size_t i = 0; i < (size_t)got / sizeof *words; i++, at += page) {
            const unsigned state = mt_pagemap_state(words[i]);
            if (state & (MT_PAGE_PRESENT | MT_PAGE_SWAPPED) &&
                add_run(pages, seen, at, at + page, state))
                return -1;
        }
    }
    return 0;
}

int mt_space_pages_read(struct mt_space_pages *pages, struct mt_space_area *area)
{
    struct mt_space *space = pages->space;
    if (pages->pagemap < 0) {
        area->is_unseen = true;
        return 0;
    }
    if (space->residency != MT_RESIDENCY_PAGEMAP) {
        const int result = scan_area(pages, &area->seen);
        if (result <= 0)
            return result;
        space->residency = MT_RESIDENCY_PAGEMAP;
    }
    return read_words(pages, &area->seen);
}

void mt_space_pages_open(struct mt_space_pages *pages, uint32_t pid, struct mt_space *space)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/pagemap", pid);
    *pages = (struct mt_space_pages){.space = space};
    pages->pagemap = open(path, O_RDONLY | O_CLOEXEC);
    space->residency = pages->pagemap < 0 ? MT_RESIDENCY_NONE : MT_RESIDENCY_SCAN;
}

void mt_space_pages_close(struct mt_space_pages *pages)
{
    if (pages->pagemap >= 0)
        close(pages->pagemap);
}
