/* trace_system.h: what went on around the program: SYSTEM and CHURN extents of the trace
 * (trace_format.h). */
#ifndef MEMTRACE_TRACE_SYSTEM_H
#define MEMTRACE_TRACE_SYSTEM_H

#include "memtrace/trace_format.h"

/* Figures of the process and of the system, with their names where the kernel shows them. Units:
 * BYTES, COUNT, US microseconds. The order is part of the format: append only. */
#define MT_FIGURES(X)                                                                              \
    /* /proc/self/status */                                                                        \
    X(VM_PEAK, "VmPeak", BYTES)                                                                    \
    X(VM_SIZE, "VmSize", BYTES)                                                                    \
    X(VM_HWM, "VmHWM", BYTES)                                                                      \
    X(VM_RSS, "VmRSS", BYTES)                                                                      \
    X(RSS_ANON, "RssAnon", BYTES)                                                                  \
    X(RSS_FILE, "RssFile", BYTES)                                                                  \
    X(RSS_SHMEM, "RssShmem", BYTES)                                                                \
    X(VM_SWAP, "VmSwap", BYTES)                                                                    \
    X(VM_PTE, "VmPTE", BYTES)                                                                      \
    X(VM_LOCKED, "VmLck", BYTES)                                                                   \
    X(THREADS, "Threads", COUNT)                                                                   \
    /* /proc/self/stat */                                                                          \
    X(MINOR_FAULTS, "minflt", COUNT)                                                               \
    X(MAJOR_FAULTS, "majflt", COUNT)                                                               \
    X(CPU_USER, "utime", US)                                                                       \
    X(CPU_SYSTEM, "stime", US)                                                                     \
    /* /proc/self/oom_score, oom_score_adj (plus 1000, so that it is never negative) */            \
    X(OOM_SCORE, "oom_score", COUNT)                                                               \
    X(OOM_SCORE_ADJ, "oom_score_adj", COUNT)                                                       \
    /* the trace itself */                                                                         \
    X(LIVE_BYTES, "live", BYTES)                                                                   \
    X(ALLOCATIONS, "allocations", COUNT)                                                           \
    X(FREES, "frees", COUNT)                                                                       \
    X(MAPPED_BYTES, "mapped", BYTES)                                                               \
    /* /proc/meminfo */                                                                            \
    X(MEM_TOTAL, "MemTotal", BYTES)                                                                \
    X(MEM_FREE, "MemFree", BYTES)                                                                  \
    X(MEM_AVAILABLE, "MemAvailable", BYTES)                                                        \
    X(BUFFERS, "Buffers", BYTES)                                                                   \
    X(CACHED, "Cached", BYTES)                                                                     \
    X(SLAB, "Slab", BYTES)                                                                         \
    X(S_RECLAIMABLE, "SReclaimable", BYTES)                                                        \
    X(SHMEM, "Shmem", BYTES)                                                                       \
    X(ACTIVE_ANON, "Active(anon)", BYTES)                                                          \
    X(INACTIVE_ANON, "Inactive(anon)", BYTES)                                                      \
    X(ACTIVE_FILE, "Active(file)", BYTES)                                                          \
    X(INACTIVE_FILE, "Inactive(file)", BYTES)                                                      \
    X(ANON_HUGE_PAGES, "AnonHugePages", BYTES)                                                     \
    X(SWAP_TOTAL, "SwapTotal", BYTES)                                                              \
    X(SWAP_FREE, "SwapFree", BYTES)                                                                \
    X(SWAP_CACHED, "SwapCached", BYTES)                                                            \
    /* /proc/vmstat: since the boot */                                                             \
    X(PGPGIN, "pgpgin", BYTES)                                                                     \
    X(PGPGOUT, "pgpgout", BYTES)                                                                   \
    X(PSWPIN, "pswpin", COUNT)                                                                     \
    X(PSWPOUT, "pswpout", COUNT)                                                                   \
    X(PGSCAN_KSWAPD, "pgscan_kswapd", COUNT)                                                       \
    X(PGSCAN_DIRECT, "pgscan_direct", COUNT)                                                       \
    X(OOM_KILL, "oom_kill", COUNT)                                                                 \
    /* control group: the innermost with a limit, else the innermost that counts; of version 1    \
       what is the same */                                                                         \
    X(CGROUP_MAX, "memory.max", BYTES)                                                             \
    X(CGROUP_HIGH, "memory.high", BYTES)                                                           \
    X(CGROUP_CURRENT, "memory.current", BYTES)                                                     \
    X(CGROUP_PEAK, "memory.peak", BYTES)                                                           \
    X(CGROUP_SWAP, "memory.swap.current", BYTES)                                                   \
    X(CGROUP_SWAP_MAX, "memory.swap.max", BYTES)                                                   \
    X(CGROUP_EVENTS_HIGH, "memory.events high", COUNT)                                             \
    X(CGROUP_EVENTS_MAX, "memory.events max", COUNT)                                               \
    X(CGROUP_EVENTS_OOM, "memory.events oom", COUNT)                                               \
    X(CGROUP_EVENTS_OOM_KILL, "memory.events oom_kill", COUNT)                                     \
    /* stalls for want of memory: of the group where it has one, else of the system */             \
    X(PRESSURE_SOME, "memory.pressure some total", US)                                             \
    X(PRESSURE_FULL, "memory.pressure full total", US)

enum mt_figure {
#define X(id, name, unit) MT_FIGURE_##id,
    MT_FIGURES(X)
#undef X
        MT_FIGURE_COUNT,
};

#define MT_FIGURE_UNKNOWN UINT64_MAX         /* the kernel did not say, or could not be asked */
#define MT_FIGURE_UNLIMITED (UINT64_MAX - 1) /* "max" */

enum {
    MT_SAMPLE_BYTES = 1024,
    MT_FIGURES_MAX = MT_SAMPLE_BYTES / 8 - 4,
    MT_SYSTEM_UNITS = 2,
    MT_SAMPLES_PER_EXTENT = MT_SYSTEM_UNITS * MT_UNIT_BYTES / MT_SAMPLE_BYTES - 1,
};

/* One look. Sample i lies 1024 * (1 + i) bytes from the head of its extent. The extent of ordinal 0
 * is written by the process itself, that of ordinal 1 by memtrace run. Sample 0 is the first ever
 * taken and stays; when the extent is full the writer keeps every second one of the others and
 * looks half as often. `sequence` as in mt_mapping: 0 while the sample is being written. */
struct mt_sample {
    uint64_t sequence;
    uint64_t taken_ms; /* since the start of the trace */
    uint64_t reserved[2];
    uint64_t figures[MT_FIGURES_MAX]; /* by enum mt_figure; MT_FIGURE_UNKNOWN beyond the writer's */
};
static_assert(sizeof(struct mt_sample) == MT_SAMPLE_BYTES, "sample");
static_assert((int)MT_FIGURE_COUNT <= (int)MT_FIGURES_MAX, "a sample has room");

/* ---- churn ---- */

/* Blocks that were mappings of their own, and anonymous mappings of the program, by the stack that
 * obtained them: what was released again paid its page faults for nothing. An open-addressed table:
 * slot 0 lies under the head. */
struct mt_churn {
    uint32_t stack; /* node id, 0: empty; stored last, never changed */
    uint32_t reserved;
    uint64_t rounds;   /* blocks or mappings of this site released; atomic */
    uint64_t bytes;    /* and their sizes; atomic */
    uint64_t first_ms; /* the first release */
    uint64_t last_ms;
    uint64_t largest_bytes; /* the largest of them; atomic */
    uint64_t reserved2[2];
};
enum { MT_CHURN_SLOTS = MT_UNIT_BYTES / 64 };
static_assert(sizeof(struct mt_churn) == 64, "churn slot");

#endif
