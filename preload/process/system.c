/* system.c: when samples are taken, and into what. No thread, no timer: an allocation that finds
 * the clock's tick changed asks whether a sample is due, and takes it, once a second at first, less
 * often the longer the program runs. What a program that allocates nothing does meanwhile, memtrace
 * run sees from outside.
 *
 * Files are opened and closed within the call, one descriptor at a time, and read with pread: it
 * fails on a pipe or socket that another thread's dup2 puts in our descriptor's place, and moves no
 * offset. Under a seccomp filter nothing is opened at all (sandbox.h). */
#include "system.h"

#include <fcntl.h>
#include "extents.h"
#include "mappings.h"
#include "memtrace/samples.h"
#include "options.h"
#include "page.h"
#include "process.h"
#include "sandbox.h"
#include "serial.h"
#include "sys.h"
#include "thread.h"

enum {
    FIRST_INTERVAL_MS = 1000,
    BRIEF_MS = 100,
    LEAST_UNITS = 128, /* of a trace that may hold samples: what is left is for blocks */
};

static struct mt_group group; /* found once; a forked child keeps it */

static size_t read_text(const char *path, char *to, size_t room)
{
    size_t length = 0;
    const long fd = mt_sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        long got = 1;
        while (got > 0 && length < room - 1) {
            got = mt_sys(SYS_pread64, fd, to + length, room - 1 - length, length);
            if (got > 0)
                length += (size_t)got;
        }
        mt_sys(SYS_close, fd);
    }
    to[length] = '\0';
    return length;
}

/* What the trace itself knows, at this instant. Calls in flight may make it one off. */
static void add_own_figures(uint64_t *figures)
{
    struct mt_process *process = mt_process;
    uint64_t allocations = 0, frees = 0, bytes = 0;
    for (unsigned i = 0; i < sizeof process->thread_extents / sizeof(void *); i++) {
        const struct mt_extent *extent =
            __atomic_load_n(&process->thread_extents[i], __ATOMIC_ACQUIRE);
        if (!extent)
            break;
        const struct mt_thread *record = (const struct mt_thread *)extent + 1;
        for (unsigned left = MT_THREADS_PER_EXTENT; left && record->tid; left--, record++) {
            allocations += mt_thread_allocations(record);
            frees += mt_thread_frees(record);
            bytes += record->allocated_bytes - record->freed_bytes;
        }
    }
    figures[MT_FIGURE_ALLOCATIONS] = allocations;
    figures[MT_FIGURE_FREES] = frees;
    figures[MT_FIGURE_LIVE_BYTES] = bytes;
    figures[MT_FIGURE_MAPPED_BYTES] =
        process->mappings ? __atomic_load_n(&process->mappings->bytes, __ATOMIC_RELAXED) : 0;
}

static void take_sample(void *unused)
{
    (void)unused;
    struct mt_system *system = &mt_process->system;
    struct mt_sample sample;
    /* Asked again: whoever installs a filter says so first and then waits for us. */
    if (!system->extent || mt_sandbox_is_on())
        return;
    sample.taken_ms = mt_process_now_ms();
    /* Around a process that ends as soon as it has begun nothing will have changed. */
    const int is_brief = sample.taken_ms < BRIEF_MS && system->extent->used > 0;
    mt_figures_read(read_text, "/proc/self", is_brief ? NULL : &group, &sample);
    add_own_figures(sample.figures);
    /* Pages are made safe to store into as samples come to them. */
    char *place = (char *)mt_sample_at(system->extent, system->extent->used);
    if (system->extent->used < MT_SAMPLES_PER_EXTENT && (uintptr_t)place % mt_page_bytes() == 0 &&
        !mt_extent_back(place, mt_page_bytes())) {
        system->extent = NULL;
        return;
    }
    if (mt_samples_add(system->extent, &sample, &system->sequence))
        system->interval_ms *= 2;
    __atomic_store_n(&system->next_ms, sample.taken_ms + system->interval_ms, __ATOMIC_RELAXED);
}

void mt_system_start(int forked)
{
    struct mt_system *system = &mt_process->system;
    if (mt_process->header->units_reserved < LEAST_UNITS)
        return;
    struct mt_extent *own = mt_extent_take_sparse(MT_SYSTEM_UNITS);
    struct mt_extent *of_run = mt_extent_take_sparse(MT_SYSTEM_UNITS);
    if (!own || !of_run)
        return;
    mt_extent_publish(own, MT_EXTENT_SYSTEM, MT_SYSTEM_UNITS, 0, 0);
    /* Before the one by which memtrace run knows that all has been made. */
    struct mt_extent *curves =
        mt_options.sample_bytes ? NULL : mt_extent_take_sparse(MT_SYSTEM_UNITS);
    if (curves)
        mt_extent_publish(curves, MT_EXTENT_CURVES, MT_SYSTEM_UNITS, 0, 0);
    mt_extent_publish(of_run, MT_EXTENT_SYSTEM, MT_SYSTEM_UNITS, 1, 0);
    system->extent = own;
    system->interval_ms = FIRST_INTERVAL_MS;
    if (!forked)
        mt_group_find(read_text, "/proc/self", &group);
    take_sample(NULL);
}

void mt_system_sample(void)
{
    if (mt_process->system.extent && !mt_sandbox_is_on() && mt_process_own_header())
        mt_serial_try(take_sample, NULL);
}

void mt_system_pass(uint64_t now_ms)
{
    struct mt_system *system = &mt_process->system;
    uint64_t due_ms = __atomic_load_n(&system->next_ms, __ATOMIC_RELAXED);
    /* The exchange leaves it to one thread. */
    if (now_ms >= due_ms && system->extent &&
        __atomic_compare_exchange_n(&system->next_ms, &due_ms, now_ms + system->interval_ms, 0,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        mt_system_sample();
}

static void do_nothing(void *unused)
{
    (void)unused;
}

void mt_system_wait(void)
{
    mt_serial_run(do_nothing, NULL);
}
