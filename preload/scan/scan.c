/* scan.c: the life of a scan. The other threads stand still (threads_park.h) while a child is made
 * by a raw clone: it shares nothing but has a copy of all, costs page tables and no memory, runs no
 * handler of the program's, and when it ends sends no signal and is seen by no wait of the
 * program's. It writes into the trace, which is shared. Where no child can be had, a process of one
 * thread scans itself. */
#include "scan.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include "clock.h"
#include "elf_lookup.h"
#include "extents.h"
#include "modules.h"
#include "options.h"
#include "oracle.h"
#include "process.h"
#include "real.h"
#include "restart.h"
#include "scan_child.h"
#include "serial.h"
#include "snapshot.h"
#include "sys.h"
#include "thread_stacks.h"
#include "verdicts.h"
#include "watch.h"
#include "withheld.h"

enum {
    WAIT_STEP_NS = 20 * 1000 * 1000,
    WAIT_STEPS = 60 * 50, /* a minute */
    INDEX_STEPS = 100,
    STORAGE_SURPLUS_BYTES = 16 * 1024,
    CHILD_SECONDS = 120, /* of processor time */
};

static struct mt_scan_job job;
static struct mt_scan result;
static int has_result;
static uint64_t storage_bytes;
static int gave_verdicts;             /* the last child on demand */
static struct mt_span libc, exits[2]; /* exit, quick_exit */

static struct mt_span span_of(const struct link_map *object)
{
    if (!object || object == mt_elf_first())
        return (struct mt_span){0, 0};
    const struct mt_elf_range range = mt_elf_range_of(object);
    return (struct mt_span){range.start, range.end};
}

static uint64_t storage_of(const ElfW(Phdr) * segment, unsigned long count)
{
    uint64_t bytes = 0;
    for (; count > 0; count--, segment++)
        if (segment->p_type == PT_TLS)
            bytes += segment->p_memsz + segment->p_align;
    return bytes;
}

/* What ld.so sets aside for the libraries that are there from the start, and for some more. */
static uint64_t measure_storage(void)
{
    const struct link_map *object = mt_elf_first();
    uint64_t bytes = STORAGE_SURPLUS_BYTES +
                     storage_of((const ElfW(Phdr) *)getauxval(AT_PHDR), getauxval(AT_PHNUM));
    while (object && (object = object->l_next)) {
        const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)mt_elf_range_of(object).start;
        if (header)
            bytes += storage_of((const ElfW(Phdr) *)((const char *)header + header->e_phoff),
                                header->e_phnum);
    }
    return bytes;
}

void mt_scan_start(void)
{
    static const char *const names[] = {"exit", "quick_exit"};
    storage_bytes = measure_storage();
    libc = span_of(mt_elf_find_after(mt_elf_self(), "gnu_get_libc_version").object);
    for (unsigned i = 0; i < 2; i++) {
        const struct mt_symbol function = mt_elf_find_after(mt_elf_self(), names[i]);
        exits[i].start = (uintptr_t)function.address;
        exits[i].end = exits[i].start + function.bytes;
    }
    mt_restart_start();
}

const struct mt_scan *mt_scan_result(void)
{
    return has_result ? &result : NULL;
}

/* ---- the job ---- */

static int is_table_whole(const struct mt_header *header)
{
    return !(header->flags & (MT_FLAG_FORKED | MT_FLAG_FULL)) && !header->lost_blocks &&
           !header->lost_stacks;
}

static int describe_job(uint64_t number)
{
    extern const char __ehdr_start[], _end[] __attribute__((visibility("hidden")));
    struct mt_header *header = mt_process->header;
    const long answer = mt_sys(SYS_mmap, 0, sizeof *job.answer, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mt_sys_failed(answer))
        return 0;
    job = (struct mt_scan_job){
        .header = header,
        .trace_bytes = mt_process->reserved_bytes,
        .number = number,
        .answer = (struct mt_scan_answer *)answer,
        .errors = mt_watch_is_on() ? mt_process->errors : NULL,
        .loader = {mt_modules.loader_start, mt_modules.loader_end},
        .own = {(uintptr_t)__ehdr_start, (uintptr_t)_end},
        .unwinder = span_of(mt_oracle_library()),
        .libc = libc,
        .descriptor = *mt_thread_stacks_layout(),
        .storage_bytes = storage_bytes,
        .heuristics = mt_options.heuristics,
        .has_glibc_headers = mt_allocator.is_glibc,
        .heap_is_root = !is_table_whole(header),
    };
    job.ignored = mt_annotation_ignored(&job.ignored_count);
    job.regions = mt_annotation_regions(&job.region_count);
    return 1;
}

/* Whoever called exit does not come back, but what it held when it called, it could still have used
 * in a handler. What is left lies below, in the frames of exit and of us: old copies of pointers,
 * in places that nobody has written since. */
static void find_exit_caller(void *unused)
{
    struct mt_registers caller = job.registers;
    (void)unused;
    for (unsigned i = 0; i < 2; i++) {
        if (!mt_oracle_find_caller(&job.registers, exits[i].start, exits[i].end, &caller))
            continue;
        job.registers = caller;
        return;
    }
}

/* ---- the child ---- */

static void lower_child(int is_waited_for)
{
    static const char badness[] = "1000";
    const struct rlimit64 limit = {CHILD_SECONDS, CHILD_SECONDS};
    if (is_waited_for)
        mt_sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
    mt_sys(SYS_prlimit64, 0, RLIMIT_CPU, &limit, 0);
    /* Where memory runs out the kernel ends the child, and not the program. */
    const long fd = mt_sys(SYS_openat, -100, "/proc/self/oom_score_adj", 1 /* O_WRONLY */);
    if (fd >= 0)
        mt_sys(SYS_write, fd, badness, sizeof badness - 1);
    if (fd >= 0)
        mt_sys(SYS_close, fd);
}

static void set_flag(uint32_t *flag)
{
    __atomic_store_n(flag, 1, __ATOMIC_RELEASE);
    mt_sys(SYS_futex, flag, FUTEX_WAKE, INT32_MAX);
}

/* A snapshot that is ended is read. The process may not come to write the last of it for a while,
 * and it may have been killed. */
static void wait_for_process(void)
{
    const struct timespec step = {0, WAIT_STEP_NS};
    uint32_t *goes_on = &job.answer->goes_on;
    for (int i = 0; i < INDEX_STEPS && !__atomic_load_n(goes_on, __ATOMIC_ACQUIRE); i++)
        mt_sys(SYS_futex, goes_on, FUTEX_WAIT, 0, &step);
}

static _Noreturn void run_child(int is_waited_for)
{
    mt_scan_survive_faults();
    lower_child(is_waited_for);
    mt_scan_run(&job);
    if (!is_waited_for) {
        wait_for_process();
        mt_snapshot_end();
    }
    set_flag(&job.answer->is_done);
    for (;;)
        mt_sys(SYS_exit_group, 0);
}

/* Somebody wants the process to end now: all signals are blocked here, and it would not before the
 * scan is done. */
static int is_told_to_end(void)
{
    static const uint64_t ends = UINT64_C(1) << (SIGHUP - 1) | UINT64_C(1) << (SIGINT - 1) |
                                 UINT64_C(1) << (SIGQUIT - 1) | UINT64_C(1) << (SIGTERM - 1);
    uint64_t pending = 0;
    mt_sys(SYS_rt_sigpending, &pending, sizeof pending);
    return (pending & ends) != 0;
}

static enum mt_scan_problem wait_for_child(long pid)
{
    const struct timespec step = {0, WAIT_STEP_NS};
    uint32_t *is_done = &job.answer->is_done;
    int status, is_to_end = 0;
    for (int i = 0; i < WAIT_STEPS && !is_to_end; i++) {
        if (__atomic_load_n(is_done, __ATOMIC_ACQUIRE))
            break;
        mt_sys(SYS_futex, is_done, FUTEX_WAIT, 0, &step);
        /* Not there any more: it has ended, and it may be that a thread which does not stand still
         * waits for any child in every way there is. */
        if (mt_sys(SYS_wait4, pid, &status, __WALL | WNOHANG, NULL) != 0)
            return __atomic_load_n(is_done, __ATOMIC_ACQUIRE) ? MT_SCAN_OK : MT_SCAN_DIED;
        is_to_end = is_told_to_end();
    }
    const int is_late = !__atomic_load_n(is_done, __ATOMIC_ACQUIRE);
    if (is_late)
        mt_sys(SYS_kill, pid, SIGKILL);
    mt_sys(SYS_wait4, pid, &status, __WALL, NULL);
    return !is_late ? MT_SCAN_OK : is_to_end ? MT_SCAN_INTERRUPTED : MT_SCAN_LATE;
}

/* ---- the process ---- */

/* The other threads stand still. */
static enum mt_scan_problem prepare(void)
{
    if (!mt_verdicts_prepare(job.number & 1))
        return MT_SCAN_NO_MEMORY;
    job.units = __atomic_load_n(&job.header->units_used, __ATOMIC_ACQUIRE);
    job.now_ms = mt_process_now_ms();
    return mt_withheld_take();
}

/* Without exit_signal; and nobody who traces the program is told of the child. */
static long clone_child(void)
{
    return mt_sys(SYS_clone, CLONE_UNTRACED, 0, 0, 0, 0);
}

/* The other threads stand still. */
static enum mt_scan_problem scan_stopped(void)
{
    const enum mt_scan_problem problem = prepare();
    if (problem != MT_SCAN_OK)
        return problem;
    job.is_changing = job.threads->count > 1;
    const uint64_t began_ns = mt_clock_ns(CLOCK_MONOTONIC);
    const long pid = clone_child();
    if (pid == 0)
        run_child(1);
    mt_withheld_drop();
    mt_snapshot_head()->paused_us = (mt_clock_ns(CLOCK_MONOTONIC) - began_ns) / 1000 + 1;
    if (pid > 0)
        return wait_for_child(pid);
    if (job.threads->count > 1)
        return pid == -ENOMEM ? MT_SCAN_NO_MEMORY : MT_SCAN_NO_CLONE;
    job.is_in_place = 1;
    mt_scan_run(&job);
    return MT_SCAN_OK;
}

static enum mt_scan_problem begin(uint64_t number, const struct mt_registers *registers)
{
    if (mt_options.sample_bytes)
        return MT_SCAN_SAMPLED;
    if (mt_allocator.is_foreign)
        return MT_SCAN_FOREIGN;
    if (!describe_job(number) || !mt_verdicts_prepare(number & 1))
        return MT_SCAN_NO_MEMORY;
    job.registers = *registers;
    return MT_SCAN_OK;
}

static enum mt_scan_problem scan(uint64_t number, const struct mt_registers *registers)
{
    const enum mt_scan_problem beginning = begin(number, registers);
    if (beginning != MT_SCAN_OK)
        return beginning;
    mt_serial_run(find_exit_caller, NULL);
    job.threads = mt_threads_stop(job.registers.value[MT_REGISTER_SP], NULL, 1);
    if (!job.threads)
        return MT_SCAN_NO_MAPS;
    const enum mt_scan_problem problem = scan_stopped();
    mt_threads_release_late();
    return problem;
}

static void say_problem(enum mt_scan_problem problem)
{
    const struct mt_scan none = {.flags = MT_SCAN_INCOMPLETE, .problem = problem};
    mt_snapshot_say(MT_SNAPSHOT_SCAN, &none, sizeof none, NULL, 0);
}

/* The answer's page goes again: what is left for the program's figures is what it had. */
static void drop_answer(void)
{
    if (job.answer)
        mt_sys(SYS_munmap, job.answer, sizeof *job.answer);
    job.answer = NULL;
}

void mt_scan_at_exit(uint64_t number, const struct mt_registers *registers)
{
    const enum mt_scan_problem problem = scan(number, registers);
    if (problem != MT_SCAN_OK)
        say_problem(problem);
    else
        result = job.answer->scan;
    has_result = problem == MT_SCAN_OK && result.problem == MT_SCAN_OK;
    drop_answer();
}

/* ---- on demand ---- */

static int has_ended(long pid)
{
    siginfo_t info = {0};
    mt_sys(SYS_waitid, P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL);
    return info.si_pid == pid;
}

/* The table must stand still until the child has taken down what it needs of it. */
static void wait_for_index(long pid)
{
    const struct timespec step = {0, WAIT_STEP_NS};
    uint32_t *has_indexed = &job.answer->has_indexed;
    for (int i = 0; i < INDEX_STEPS; i++) {
        if (__atomic_load_n(has_indexed, __ATOMIC_ACQUIRE) || has_ended(pid))
            return;
        mt_sys(SYS_futex, has_indexed, FUTEX_WAIT, 0, &step);
    }
}

/* The other threads stand still. */
static enum mt_scan_problem clone_for_request(long *ret_pid)
{
    const uint64_t began_ns = mt_clock_ns(CLOCK_MONOTONIC);
    const enum mt_scan_problem problem = prepare();
    if (problem != MT_SCAN_OK)
        return problem;
    job.is_changing = 1;
    const long pid = clone_child();
    if (pid == 0)
        run_child(0);
    mt_withheld_drop();
    if (pid > 0)
        wait_for_index(pid);
    if (pid > 0 && !__atomic_load_n(&job.answer->has_indexed, __ATOMIC_ACQUIRE))
        mt_sys(SYS_kill, pid, SIGKILL); /* it would see what has been changed since */
    mt_snapshot_head()->paused_us = (mt_clock_ns(CLOCK_MONOTONIC) - began_ns) / 1000 + 1;
    set_flag(&job.answer->goes_on);
    *ret_pid = pid;
    return pid > 0 ? MT_SCAN_OK : pid == -ENOMEM ? MT_SCAN_NO_MEMORY : MT_SCAN_NO_CLONE;
}

long mt_scan_on_demand(uint64_t number, const struct mt_registers *registers, const void *context)
{
    enum mt_scan_problem problem = begin(number, registers);
    if (problem == MT_SCAN_OK) {
        job.threads = mt_threads_stop(job.registers.value[MT_REGISTER_SP], context, 0);
        long pid = 0;
        problem = job.threads ? clone_for_request(&pid) : MT_SCAN_NO_MAPS;
        if (job.threads)
            mt_threads_release();
        if (problem == MT_SCAN_OK)
            return pid;
    }
    say_problem(problem);
    drop_answer();
    return 0;
}

int mt_scan_finish(long child, int to_wait)
{
    enum mt_scan_problem problem = MT_SCAN_OK;
    if (to_wait)
        problem = wait_for_child(child);
    else if (mt_sys(SYS_wait4, child, NULL, __WALL | WNOHANG, NULL) == 0)
        return 0;
    else if (!__atomic_load_n(&job.answer->is_done, __ATOMIC_ACQUIRE))
        problem = MT_SCAN_DIED;
    if (problem != MT_SCAN_OK)
        say_problem(problem);
    gave_verdicts = problem == MT_SCAN_OK && job.answer->scan.problem == MT_SCAN_OK;
    drop_answer();
    return 1;
}

int mt_scan_gave_verdicts(void)
{
    return gave_verdicts;
}
