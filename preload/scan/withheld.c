/* withheld.c: see withheld.h. The kernel's list says which areas are kept from children: advice
 * moves with mremap, is inherited and ends in more ways than a hook would see. It is asked for only
 * where such advice has been given at all.
 *
 * The originals are read by the kernel, which reports what is not there or may not be read: threads
 * that do not stand still may unmap them. A copy has the length of its area, but only the pages
 * that have been touched; the child moves it over the original, which costs no memory. What lies
 * there is then private memory that can be read and written, whatever the original was.
 *
 * The copies are no memory of memory.h's: they come and go with each scan. */
#include "withheld.h"

#include <sys/mman.h>
#include <sys/uio.h>
#include "areas.h"
#include "memory.h"
#include "scan_areas.h"
#include "scan_pages.h"
#include "sys.h"

enum { PIECES_MAX = 1 << 16 };

struct piece {
    uint64_t start, bytes;
    uint64_t copy;
};

static int is_given; /* such advice; in memory that a forked child inherits as it does the areas */
static struct piece *pieces;
static uint32_t piece_count;

struct taking {
    struct mt_pages pages;
    uint64_t pid;
    uint64_t copied_bytes;
    enum mt_scan_problem problem;
};

void mt_withheld_note(int advice)
{
    if (advice == MADV_DONTFORK || advice == MADV_WIPEONFORK)
        __atomic_store_n(&is_given, 1, __ATOMIC_RELAXED);
}

/* ---- the process ---- */

static void copy_pages(void *context, uint64_t start, uint64_t end)
{
    struct taking *taking = context;
    const struct piece *piece = &pieces[piece_count - 1];
    taking->copied_bytes += end - start;
    if (taking->copied_bytes > MT_WITHHELD_BYTES_MAX)
        taking->problem = MT_SCAN_WITHHELD;
    while (start < end && taking->problem == MT_SCAN_OK) {
        const struct iovec to = {(void *)(piece->copy + start - piece->start), end - start};
        const struct iovec from = {(void *)start, end - start};
        const long got = mt_sys(SYS_process_vm_readv, taking->pid, &to, 1, &from, 1, 0);
        if (got <= 0)
            taking->problem = MT_SCAN_WITHHELD;
        else
            start += (uint64_t)got;
    }
}

static void copy_piece(struct taking *taking, uint64_t start, uint64_t end, unsigned tag)
{
    const long copy = mt_sys(SYS_mmap, 0, end - start, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mt_sys_failed(copy) || piece_count == PIECES_MAX) {
        taking->problem = MT_SCAN_NO_MEMORY;
        return;
    }
    pieces[piece_count++] = (struct piece){start, end - start, (uint64_t)copy};
    mt_pages_each(&taking->pages, start, end,
                  tag & MT_AREA_IS_SHARED ? MT_PAGES_CACHED : MT_PAGES_TOUCHED, copy_pages, taking);
}

/* The tracer's own memory at or behind an address, in whole pages. */
struct own {
    uint64_t from, page_bytes;
    uint64_t start, end;
};

static void find_own(void *context, uint64_t start, uint64_t end)
{
    struct own *own = context;
    end = (end + own->page_bytes - 1) & ~(own->page_bytes - 1);
    if (end > own->from && start < own->start) {
        own->start = start;
        own->end = end;
    }
}

/* The kernel makes one area of two that touch: the tracer has memory of that sort too. */
static int take_area(const struct mt_area *area, const char *name, size_t bytes, void *context)
{
    struct taking *taking = context;
    const unsigned tag = mt_scan_area_tag(area, name, bytes);
    uint64_t at = area->start;
    if (!(tag & MT_AREA_READS) || tag & MT_AREA_IS_SPECIAL)
        return 0;
    while (at < area->end && taking->problem == MT_SCAN_OK) {
        struct own own = {at, taking->pages.page_bytes, UINT64_MAX, UINT64_MAX};
        mt_memory_each(find_own, &own);
        if (own.start > at)
            copy_piece(taking, at, own.start < area->end ? own.start : area->end, tag);
        at = own.end;
    }
    return taking->problem != MT_SCAN_OK;
}

enum mt_scan_problem mt_withheld_take(void)
{
    struct taking taking = {.pid = (uint64_t)mt_sys(SYS_getpid)};
    if (!__atomic_load_n(&is_given, __ATOMIC_RELAXED))
        return MT_SCAN_OK;
    if (!pieces && !(pieces = mt_map_kept(PIECES_MAX * sizeof *pieces)))
        return MT_SCAN_NO_MEMORY;
    mt_pages_open(&taking.pages);
    if (!mt_areas_each_withheld(take_area, &taking) && taking.problem == MT_SCAN_OK)
        taking.problem = MT_SCAN_NO_MAPS;
    if (taking.pages.fd >= 0)
        mt_sys(SYS_close, taking.pages.fd);
    if (taking.problem != MT_SCAN_OK)
        mt_withheld_drop();
    return taking.problem;
}

void mt_withheld_drop(void)
{
    for (uint32_t i = 0; i < piece_count; i++)
        mt_sys(SYS_munmap, pieces[i].copy, pieces[i].bytes);
    piece_count = 0;
}

/* ---- the child ---- */

int mt_withheld_put_back(void)
{
    for (uint32_t i = 0; i < piece_count; i++)
        if (mt_sys_failed(mt_sys(SYS_mremap, pieces[i].copy, pieces[i].bytes, pieces[i].bytes,
                                 MREMAP_MAYMOVE | MREMAP_FIXED, pieces[i].start)))
            return 0;
    return 1;
}
