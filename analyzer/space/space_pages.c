/* space_pages.c: the states come from PAGEMAP_SCAN (Linux 6.7), which jumps over what is not there,
 * else from a word per page. Of space_pages.h. */
#include "space_pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* <linux/fs.h> from Linux 6.7 on. */
struct page_region {
    uint64_t start, end, categories;
};

struct scan_argument {
    uint64_t size, flags, start, end, walk_end, vector, vector_length, max_pages;
    uint64_t inverted, all_of, any_of, wanted;
};

enum {
    IS_FILE = 1 << 2,
    IS_PRESENT = 1 << 3,
    IS_SWAPPED = 1 << 4,
    IS_ZERO = 1 << 5,
    IS_HUGE = 1 << 6,
    IS_GUARD = 1 << 8, /* MADV_GUARD_INSTALL, Linux 6.15: without it the kernel knows no such */
    REGIONS = 1024,
    WORDS = 8192,
};
#define SCAN_REQUEST _IOWR('f', 16, struct scan_argument)

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

/* A guard is none of the program's memory, though the kernel keeps its mark where a swapped page
 * has its. */
static unsigned state_of_region(uint64_t is)
{
    if (is & IS_GUARD)
        return 0;
    return (is & IS_PRESENT ? MT_PAGE_PRESENT : 0u) | (is & IS_SWAPPED ? MT_PAGE_SWAPPED : 0u) |
           (is & IS_FILE ? MT_PAGE_FILE : 0u) | (is & IS_ZERO ? MT_PAGE_ZERO : 0u) |
           (is & IS_HUGE ? MT_PAGE_HUGE : 0u);
}

static unsigned state_of_word(uint64_t word)
{
    if (!(word >> 63) && word >> 58 & 1)
        return 0;
    return (word >> 63 ? MT_PAGE_PRESENT : 0u) | (word >> 62 & 1 ? MT_PAGE_SWAPPED : 0u) |
           (word >> 61 & 1 ? MT_PAGE_FILE : 0u);
}

/* Returns 1 where the kernel has no such call, -1 without memory. */
static int scan_area(struct mt_space_pages *pages, struct mt_seen_area *seen)
{
    static struct page_region regions[REGIONS];
    struct scan_argument argument = {
        .size = sizeof argument,
        .end = seen->end,
        .vector = (uintptr_t)regions,
        .vector_length = REGIONS,
        .any_of = IS_PRESENT | IS_SWAPPED,
        .wanted = IS_PRESENT | IS_SWAPPED | IS_FILE | IS_ZERO | IS_HUGE |
                  (pages->has_no_guards ? 0 : IS_GUARD),
    };
    for (uint64_t at = seen->start; at < seen->end; at = argument.walk_end) {
        argument.start = at;
        const int count = ioctl(pages->pagemap, SCAN_REQUEST, &argument);
        if (count < 0 && at == seen->start) {
            if (pages->has_no_guards)
                return 1;
            pages->has_no_guards = true;
            return scan_area(pages, seen);
        }
        for (int i = 0; i < count; i++) {
            const unsigned state = state_of_region(regions[i].categories);
            if (state && add_run(pages, seen, regions[i].start, regions[i].end, state))
                return -1;
        }
        if (count < 0 || argument.walk_end <= at)
            break;
    }
    return 0;
}

/* A word of pagemap: bit 63 in RAM, 62 in swap, 61 of a file or of shared memory, 58 a guard. */
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
            const unsigned state = state_of_word(words[i]);
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
