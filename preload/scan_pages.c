/* scan_pages.c: see scan_pages.h; bits as in the kernel's pagemap.rst. */
#include "scan_pages.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include "sys.h"

enum { WINDOW = 256 }; /* pages asked for at a time */
#define PRESENT (UINT64_C(1) << 63)
#define SWAPPED (UINT64_C(1) << 62)
#define OF_FILE (UINT64_C(1) << 61)

void mt_pages_open(struct mt_pages *pages)
{
    pages->fd = mt_sys(SYS_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    pages->page_bytes = getauxval(AT_PAGESZ);
}

/* One byte for each page: whether it is chosen. Returns 0 where the kernel does not say. */
static int ask(const struct mt_pages *pages, uint64_t start, uint64_t count,
               enum mt_page_choice choice, uint8_t *ret_chosen)
{
    uint64_t states[WINDOW];
    if (choice == MT_PAGES_CACHED) {
        if (mt_sys(SYS_mincore, start, count * pages->page_bytes, ret_chosen) != 0)
            return 0;
        for (uint64_t i = 0; i < count; i++)
            ret_chosen[i] &= 1;
        return 1;
    }
    if (pages->fd < 0 || mt_sys(SYS_pread64, pages->fd, states, count * 8,
                                start / pages->page_bytes * 8) != (long)(count * 8))
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
        for (uint64_t i = 0; i < count; i++, at += pages->page_bytes) {
            if (!is_known || chosen[i])
                continue;
            if (at > from)
                visit(context, from, at);
            from = at + pages->page_bytes;
        }
    }
    if (end > from)
        visit(context, from, end);
}
