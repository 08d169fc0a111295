/* scan_child.c: index, canaries, roots, marks, chains, verdicts, in this order. Nothing here goes
 * through libc, and nothing looks at the tracer's own state but for the job: what lies in wiped
 * memory is zero here.
 */
#include "scan_child.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include "arch.h"
#include "clock.h"
#include "page.h"
#include "scan_areas.h"
#include "scan_canaries.h"
#include "scan_chains.h"
#include "scan_mark.h"
#include "scan_roots.h"
#include "snapshot.h"
#include "sys.h"
#include "verdicts.h"
#include "withheld.h"

enum { SIGSET_BYTES = 8 };

/* ---- faults ---- */

/* A page that the program has made unreadable is made readable; one that cannot be (a file that has
 * been cut, memory that is gone) is made zero. It is the child's own copy. */
static void handle_fault(int number, siginfo_t *info, void *context)
{
    static uint64_t last;
    const uint64_t page = mt_page_down((uintptr_t)info->si_addr);
    (void)context;
    if (info->si_code == SI_KERNEL) /* an address that no page can have, and that is not told */
        mt_sys(SYS_exit_group, 1);
    if (number == SIGSEGV && page != last &&
        mt_sys(SYS_mprotect, page, mt_page_bytes(), PROT_READ | PROT_WRITE) == 0) {
        last = page;
        return;
    }
    if (mt_sys_failed(mt_sys(SYS_mmap, page, mt_page_bytes(), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)))
        mt_sys(SYS_exit_group, 1);
}

void mt_scan_survive_faults(void)
{
    const struct { /* the kernel's struct sigaction */
        void *handler;
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } action = {(void *)handle_fault, SA_SIGINFO | SA_NODEFER | 0x04000000 /* SA_RESTORER */,
                (void *)mt_arch_signal_return, 0};
    const uint64_t faults = UINT64_C(1) << (SIGSEGV - 1) | UINT64_C(1) << (SIGBUS - 1);
    mt_sys(SYS_rt_sigaction, SIGSEGV, &action, 0, SIGSET_BYTES);
    mt_sys(SYS_rt_sigaction, SIGBUS, &action, 0, SIGSET_BYTES);
    mt_sys(SYS_rt_sigprocmask, SIG_UNBLOCK, &faults, 0, SIGSET_BYTES);
}

/* ---- the scan ---- */

static void say_indexed(const struct mt_scan_job *job)
{
    __atomic_store_n(&job->answer->has_indexed, 1, __ATOMIC_RELEASE);
    mt_sys(SYS_futex, &job->answer->has_indexed, FUTEX_WAKE, INT32_MAX);
}

static enum mt_scan_problem scan(const struct mt_scan_job *job)
{
    struct mt_objects objects = {
        .granule_shift = job->header->granule_shift,
        .has_glibc_headers = job->has_glibc_headers,
        .proof_stack = job->header->proof_stack,
        .is_changing = job->is_changing,
        .born_ms = job->now_ms,
    };
    struct mt_planes planes;
    struct mt_ranges areas;
    struct mt_mark_run run = {
        .objects = &objects,
        .areas = &areas,
        .heuristics = job->heuristics,
        .is_in_place = job->is_in_place,
    };
    if (!job->is_in_place && !mt_withheld_put_back())
        return MT_SCAN_WITHHELD;
    const int is_indexed = mt_verdicts_begin(job, &planes) &&
                           mt_objects_build(&objects, job->header, job->units, &planes);
    say_indexed(job);
    if (!is_indexed)
        return MT_SCAN_NO_MEMORY;
    mt_scan_canaries(job, &objects);
    if (!mt_scan_areas_read(&areas))
        return MT_SCAN_NO_MAPS;
    mt_pages_open(&run.pages);
    if (!job->is_in_place) {
        mt_pages_open_parents(&run.pages);
        mt_holes_find(&run.pages.holes);
    }
    if (!mt_mark_start(&run) || !mt_roots_mark(job, &run))
        return MT_SCAN_NO_MEMORY;
    mt_mark_finish(&run);
    mt_verdicts_say(job, &run);
    mt_chains_write(job, &run);
    mt_verdicts_write(job, &objects, &planes);
    job->answer->scan.root_bytes = run.root_bytes;
    job->answer->scan.heap_bytes = run.heap_bytes;
    return (enum mt_scan_problem)job->answer->scan.problem;
}

void mt_scan_run(const struct mt_scan_job *job)
{
    struct mt_scan *answer = &job->answer->scan;
    const uint64_t began_ns = mt_clock_ns(CLOCK_MONOTONIC);
    answer->flags =
        (job->heuristics ? 0 : MT_SCAN_NO_INTERIOR) | (job->is_in_place ? MT_SCAN_IN_PLACE : 0);
    answer->problem = MT_SCAN_OK;
    answer->problem = scan(job);
    if (answer->problem != MT_SCAN_OK)
        answer->flags |= MT_SCAN_INCOMPLETE;
    answer->scan_us = (mt_clock_ns(CLOCK_MONOTONIC) - began_ns) / 1000;
    mt_snapshot_say(MT_SNAPSHOT_SCAN, answer, sizeof *answer, 0, 0);
}
