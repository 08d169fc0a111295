/* scan_pages.c: see scan_pages.h; bits as in the kernel's pagemap.rst. */
#include "scan_pages.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include "page.h"
#include "sys.h"

enum { WINDOW = 256 }; /* pages asked for at a time */
#define PRESENT (UINT64_C(1) << 63)
#define SWAPPED (UINT64_C(1) << 62)
#define OF_FILE (UINT64_C(1) << 61)

void mt_pages_open(struct mt_pages *pages)
{
    pages->fd = mt_sys(SYS_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    pages->parents_fd = pages->fd;
    pages->page_bytes = mt_page_bytes();
}

void mt_pages_open_parents(struct mt_pages *pages)
{
    char path[32] = "/proc/", digits[20];
    unsigned at = sizeof "/proc/" - 1, count = 0;
    uint64_t parent = (uint64_t)mt_sys(SYS_getppid);
    do
        digits[count++] = (char)('0' + parent % 10);
    while ((parent /= 10) != 0 && count < 10);
    while (count)
        path[at++] = digits[--count];
    for (const char *c = "/pagemap"; *c; c++)
        path[at++] = *c;
    pages->parents_fd = mt_sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

/* Of PAGEMAP_SCAN (Linux 6.7), for kernel headers that are older than it. */
struct region {
    uint64_t start, end, categories;
};
struct request {
    uint64_t size, flags, start, end, walk_end, regions, region_room, pages_max;
    uint64_t inverted, all_of, any_of, returned;
};
#define SCAN_CALL _IOWR('f', 16, struct request)
enum { SCAN_PRESENT = 1 << 3, SCAN_SWAPPED = 1 << 4 };

/* The first page of [start, end) in RAM or in swap, or `end`: the kernel skips empty page tables,
 * where asking page by page takes seconds for each TiB of a reservation. `start` where this kernel
 * does not say. */
static uint64_t next_touched(const struct mt_pages *pages, uint64_t start, uint64_t end)
{
    struct region region = {0};
    struct request request = {.size = sizeof request,
                              .start = start,
                              .end = (end + pages->page_bytes - 1) & ~(pages->page_bytes - 1),
                              .regions = (uintptr_t)&region,
                              .region_room = 1,
                              .pages_max = 1,
                              .any_of = SCAN_PRESENT | SCAN_SWAPPED,
                              .returned = SCAN_PRESENT | SCAN_SWAPPED};
    const long found = mt_sys(SYS_ioctl, pages->fd, SCAN_CALL, &request);
    return found == 0 ? end : found == 1 ? region.start : start;
}

/* The first page of [start, end), shared memory, that is not in a hole. */
static uint64_t next_data(const struct mt_pages *pages, uint64_t start, uint64_t end)
{
    const uint64_t next = mt_holes_next_data(&pages->holes, start, end);
    return next < end ? next & ~(pages->page_bytes - 1) : end;
}

/* One byte for each page: whether it is chosen. Returns 0 where the kernel does not say. */
static int ask(const struct mt_pages *pages, uint64_t start, uint64_t count,
               enum mt_page_choice choice, uint8_t *ret_chosen)
{
    uint64_t states[WINDOW];
    const long fd = choice == MT_PAGES_CACHED ? pages->parents_fd : pages->fd;
    if (choice == MT_PAGES_CACHED &&
        mt_sys(SYS_mincore, start, count * pages->page_bytes, ret_chosen) == 0) {
        for (uint64_t i = 0; i < count; i++)
            ret_chosen[i] &= 1;
        return 1;
    }
    if (fd < 0 || mt_sys(SYS_pread64, fd, states, count * 8, start / pages->page_bytes * 8) !=
                      (long)(count * 8))
        return 0;
    for (uint64_t i = 0; i < count; i++)
        ret_chosen[i] =
            states[i] & (PRESENT | SWAPPED) && !(choice == MT_PAGES_WRITTEN && states[i] & OF_FILE);
    return 1;
}

void mt_pages_each(const struct mt_pages *pages, uint64_t start, uint64_t end,
                   enum mt_page_choice choice,
                   void (*visit)(void *context, uint64_t start, uint64_t end), void *context)
{
    uint8_t chosen[WINDOW];
    uint64_t from = start; /* of the stretch that is chosen up to `at` */
    for (uint64_t at = start & ~(pages->page_bytes - 1); at < end;) {
        uint64_t count = (end - at + pages->page_bytes - 1) / pages->page_bytes;
        count = count < WINDOW ? count : WINDOW;
        const int is_known = ask(pages, at, count, choice, chosen);
        unsigned any = 0;
        for (uint64_t i = 0; i < count; i++, at += pages->page_bytes) {
            any += !is_known || chosen[i];
            if (!is_known || chosen[i])
                continue;
            if (at > from)
                visit(context, from, at);
            from = at + pages->page_bytes;
        }
        if (!any && at < end)
            from = at = choice == MT_PAGES_CACHED ? next_data(pages, at, end)
                                                  : next_touched(pages, at, end);
    }
    if (end > from)
        visit(context, from, end);
}
