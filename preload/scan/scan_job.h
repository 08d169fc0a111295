/* scan_job.h: what the process tells the child that scans its memory. Lies in memory of the
 * ordinary sort, as all that is pointed to: what the tracer keeps elsewhere reads as zero in the
 * child. */
#ifndef MT_SCAN_JOB_H
#define MT_SCAN_JOB_H

#include <stdint.h>
#include "arch.h"
#include "annotations.h"
#include "memtrace/trace_snapshot.h"
#include "ranges.h"
#include "thread_stacks.h"
#include "threads_park.h"

struct mt_span {
    uint64_t start, end;
};

/* Shared by the process and the child. */
struct mt_scan_answer {
    uint32_t has_indexed; /* the table may change from here on; futex */
    uint32_t goes_on;     /* the process: how long it stood still is written; futex */
    uint32_t is_done;     /* futex */
    struct mt_scan scan;
};

struct mt_scan_job {
    struct mt_header *header;
    uint64_t trace_bytes; /* reserved for the trace */
    uint64_t units;       /* given out when the threads stood still */
    uint64_t number;      /* of the snapshot */
    struct mt_scan_answer *answer;
    struct mt_extent *errors; /* where misuse goes; NULL: none is looked for */
    const struct mt_threads *threads;
    struct mt_registers registers; /* of the thread that asked: what its stack begins with */
    struct mt_descriptor_layout descriptor;
    uint64_t storage_bytes; /* beside a thread's descriptor, at most: its thread-local storage */
    struct mt_span loader, own, unwinder, libc;
    const struct mt_ignored *ignored; /* annotations.h */
    const struct mt_region *regions;
    uint32_t ignored_count, region_count;
    unsigned heuristics;
    int has_glibc_headers;
    int heap_is_root; /* blocks live in it that the table does not have */
    int is_in_place;
    int is_changing;
    uint64_t now_ms;
};

#endif
