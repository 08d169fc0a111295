/* vanished.c: takes a SIGBUS that a page of the trace has raised, gives memory in place of the
 * page, and of all that was in use behind it.
 *
 * Room in the trace is backed before it is used (extents.c), and still a page can go: when somebody
 * truncates the file, on a file system that writes each page to a new place and finds no room for
 * it, when a disk fails. No file can be guarded against that (seals are for memory, leases and
 * locks for those who ask), and no system call per store is to be paid. So the signal is what says
 * it, here as for every program that maps files; it is the one signal that the tracer itself can
 * cause, and only where it has is it seen to. A program that runs undisturbed never has one.
 *
 * What was there reads as zero from then on, which everybody who looks at the trace takes for "not
 * there": a block that is released is an unknown one. No more room is taken, and the header says so
 * (MT_FLAG_CUT); where the header is gone as well, one like it stands in for the tracer's own sake.
 *
 * A thread that has SIGBUS blocked is killed when it comes to such a page: the kernel has no other
 * way. */
#include "vanished.h"

#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include "extents.h"
#include "page.h"
#include "process.h"
#include "sys.h"
#include "taken.h"

enum { MARKS = MT_FLAG_FULL | MT_FLAG_CUT, HEADER_KEPT = offsetof(struct mt_header, reserved) };

static char kept[HEADER_KEPT] __attribute__((aligned(8)));

void mt_vanished_keep_header(void)
{
    memcpy(kept, mt_process->header, HEADER_KEPT);
}

static long map(uintptr_t at, size_t bytes, int flags)
{
    return mt_sys(SYS_mmap, at, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

/* Another thread finds either the page that is gone or a whole header. */
static int put_header(struct mt_header *header)
{
    const size_t bytes = mt_page_bytes();
    const long made = map(0, bytes, 0);
    if (mt_sys_failed(made))
        return 0;
    memcpy((void *)made, kept, HEADER_KEPT);
    ((struct mt_header *)made)->flags |= MARKS;
    return !mt_sys_failed(
        mt_sys(SYS_mremap, made, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, header));
}

static int put_memory(uintptr_t start, uintptr_t end)
{
    if (start >= end)
        return 1;
    if (mt_sys_failed(map(start, end - start, MAP_FIXED)))
        return 0;
    mt_sys(SYS_madvise, start, end - start, MADV_DONTDUMP);
    return 1;
}

/* Says it in the header, by a call that comes back with an error where that is gone too. */
static int mark(struct mt_header *header)
{
    static uint32_t nobody;
    return mt_sys(SYS_futex, &nobody, FUTEX_WAKE_OP_PRIVATE, 0, 0, &header->flags,
                  FUTEX_OP(FUTEX_OP_OR, MARKS, FUTEX_OP_CMP_EQ, 0)) >= 0;
}

/* Under the lock. In two pieces at most, however many pages go one after the other. */
static int replace(struct mt_process *process, uintptr_t page)
{
    struct mt_header *header = process->header;
    const uintptr_t start = (uintptr_t)header, behind = start + mt_page_bytes();
    const uint64_t units = __atomic_load_n(&process->units_taken, __ATOMIC_RELAXED);
    uintptr_t end = process->vanished.from;
    if (end && page >= end)
        return 1; /* by another thread, meanwhile */
    if (!end)
        end = start + (units << MT_UNIT_SHIFT);
    if (end <= page)
        end = page + mt_page_bytes();
    __atomic_store_n(&process->vanished.from, page, __ATOMIC_RELAXED);
    if (page > start && mark(header))
        return put_memory(page, end);
    __atomic_store_n(&process->vanished.from, start, __ATOMIC_RELAXED);
    return put_memory(behind, end) && put_header(header);
}

void mt_vanished_note(void)
{
    struct mt_process *process = mt_process;
    uintptr_t none = 0;
    const uint64_t units = __atomic_load_n(&process->units_taken, __ATOMIC_RELAXED);
    __atomic_compare_exchange_n(&process->vanished.from, &none,
                                (uintptr_t)process->header + (units << MT_UNIT_SHIFT), 0,
                                __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    mark(process->header);
}

static int look(const siginfo_t *info, void *context)
{
    struct mt_process *process = mt_process;
    const uintptr_t address = (uintptr_t)info->si_addr;
    uint64_t signals;
    (void)context;
    if (!process || !process->header ||
        address - (uintptr_t)process->header >= process->reserved_bytes ||
        !mt_lock_take(&process->vanished.lock, &signals))
        return 0;
    const int is_replaced = replace(process, mt_page_down(address));
    mt_lock_release(&process->vanished.lock, signals);
    return is_replaced;
}

void mt_vanished_start(void)
{
    mt_taken_start(SIGBUS, look);
    mt_taken_stand_by(SIGBUS);
}
