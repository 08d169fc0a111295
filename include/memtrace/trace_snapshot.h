/* trace_snapshot.h: what a process found when it looked at itself: SNAPSHOT and VERDICTS extents of
 * the trace (trace_format.h).
 *
 * A snapshot is made at the end of the process, or when memtrace snapshot asks. They are numbered
 * 1, 2, …; the newest complete one (header.snapshots_taken) and the one before it are in the trace,
 * those before them are written over. To snapshot n belong the SNAPSHOT extents whose `snapshot` is
 * n, in the order of their ordinals, and the VERDICTS extents of plane n & 1. */
#ifndef MEMTRACE_TRACE_SNAPSHOT_H
#define MEMTRACE_TRACE_SNAPSHOT_H

#include "memtrace/trace_format.h"

/* SNAPSHOT extents hold a list of struct mt_fact, as FACTS do, with kinds of their own. */
enum mt_snapshot_fact {
    MT_SNAPSHOT_HEAD = 1,     /* struct mt_snapshot; the first fact of the first extent */
    MT_SNAPSHOT_AREA = 2,     /* struct mt_area */
    MT_SNAPSHOT_PAGES = 3,    /* runs of pages of the area before it, one 64-bit word each,
                                 ascending; an area with many runs has several such facts */
    MT_SNAPSHOT_SCAN = 4,     /* struct mt_scan: what the scan saw. Without it no scan ran */
    MT_SNAPSHOT_MAPPINGS = 5, /* verdicts of mappings: an array of struct mt_mapping_verdict */
    MT_SNAPSHOT_HEADS = 6, /* definite objects that hold others: an array of struct mt_leak_head */
    MT_SNAPSHOT_CHAIN = 7, /* struct mt_chain: why an object is kept */
};

enum mt_snapshot_cause {
    MT_CAUSE_EXIT = 1,
    MT_CAUSE_REQUEST = 2, /* memtrace snapshot */
    MT_CAUSE_PROGRAM = 3, /* memtrace.h, or an annotation for LeakSanitizer */
};

/* How the states of pages were found. */
enum mt_residency {
    MT_RESIDENCY_NONE = 0,
    MT_RESIDENCY_SCAN = 1,    /* PAGEMAP_SCAN: all states */
    MT_RESIDENCY_PAGEMAP = 2, /* /proc/self/pagemap: no huge pages, no zero page */
    MT_RESIDENCY_MINCORE = 3, /* mincore: what is not in RAM may be in swap or nowhere */
};

struct mt_snapshot {
    uint64_t number;
    uint32_t cause;     /* enum mt_snapshot_cause */
    uint32_t residency; /* enum mt_residency */
    uint64_t taken_ms;  /* since the start of the trace */
    uint64_t page_bytes;
    uint64_t pages_us;      /* time taken to find the states of pages, microseconds */
    uint64_t paused_us;     /* the program stood still so long for the clone; 0 no scan ran */
    uint64_t taken_mono_ns; /* CLOCK_MONOTONIC. A block born in the same tick of its own, coarser
                               clock may be younger than the snapshot */
    uint64_t reserved[3];
};
static_assert(sizeof(struct mt_snapshot) == 80, "snapshot fact");

enum {
    MT_AREA_SHARED = 1 << 0,   /* MAP_SHARED */
    MT_AREA_TRACER = 1 << 1,   /* the tracer's own: tables, stacks, trace. Its pages are not listed
                                  where it is the trace */
    MT_AREA_NO_PAGES = 1 << 2, /* its pages were not looked at: a device, vsyscall, the trace, or
                                  what this way of asking cannot tell */
};

/* A line of /proc/self/maps. */
struct mt_area {
    uint64_t start;
    uint64_t end;
    uint64_t file_offset;
    uint64_t inode;     /* 0: no file behind it */
    uint32_t device;    /* major << 20 | minor */
    uint8_t protection; /* PROT_* */
    uint8_t flags;      /* MT_AREA_* */
    uint16_t reserved;
    char name[]; /* the rest of the payload, without NUL: path or [heap], [stack], … */
};
static_assert(sizeof(struct mt_area) == 40, "area fact");

/* A run of pages with one state: the first page's number within its area, the count, the state.
 * Pages that no run covers were never touched, or their state is unknown (mincore).
 *
 *    63   58 57               29 28                0
 *   +-------+-------------------+-------------------+
 *   | state | count             | first page        |
 *   +-------+-------------------+-------------------+ */
enum {
    MT_PAGES_FIRST_BITS = 29,
    MT_PAGES_COUNT_BITS = 29,
    MT_PAGES_STATE_SHIFT = 58,
    MT_PAGE_PRESENT = 1 << 0, /* in RAM */
    MT_PAGE_SWAPPED = 1 << 1,
    MT_PAGE_FILE = 1 << 2, /* of the page cache or shared memory, not the process's own */
    MT_PAGE_ZERO = 1 << 3, /* the kernel's page of zeros: read, never written; costs nothing */
    MT_PAGE_HUGE = 1 << 4, /* part of a huge page */
};

/* The most pages that an area has: a longer line of /proc/self/maps is told of in several. */
#define MT_AREA_PAGES_MAX ((UINT64_C(1) << MT_PAGES_COUNT_BITS) - 1)

static inline uint64_t mt_pages_encode(uint64_t first, uint64_t count, unsigned state)
{
    return (uint64_t)state << MT_PAGES_STATE_SHIFT | count << MT_PAGES_FIRST_BITS | first;
}

static inline uint64_t mt_pages_first(uint64_t run)
{
    return run & ((UINT64_C(1) << MT_PAGES_FIRST_BITS) - 1);
}

static inline uint64_t mt_pages_count(uint64_t run)
{
    return run >> MT_PAGES_FIRST_BITS & ((UINT64_C(1) << MT_PAGES_COUNT_BITS) - 1);
}

static inline unsigned mt_pages_state(uint64_t run)
{
    return (unsigned)(run >> MT_PAGES_STATE_SHIFT);
}

/* ---- verdicts ---- */

/* What the scan says of a block or mapping: Valgrind's four, and two for what it may not judge. A
 * block that was not alive at the snapshot has MT_VERDICT_NONE. What a scan that did not see all
 * there is to see (mt_scan_saw_all) calls indirect or definite, a reader calls suspect. */
enum mt_verdict {
    MT_VERDICT_NONE = 0,
    MT_VERDICT_REACHABLE = 1, /* a pointer to its start is in a root, or in what is reachable */
    MT_VERDICT_POSSIBLE = 2,  /* only pointers into its inside are */
    MT_VERDICT_INDIRECT = 3,  /* only lost objects point to it */
    MT_VERDICT_DEFINITE = 4,  /* nothing points to it: the head of what is lost */
    MT_VERDICT_IGNORED = 5,   /* the program said so (memtrace_ignore, __lsan_ignore_object) */
    MT_VERDICT_SUSPECT = 6,   /* never in a trace, as opposed to all before it */
    MT_VERDICT_COUNT,
    MT_VERDICT_BITS = 4,
};

/* A VERDICTS extent is one unit and belongs to one LEAVES extent and one plane: its ordinal is
 * 2 * ordinal of the LEAVES extent + plane. The verdicts of leaf i are the 256 bytes from byte
 * 64 + 256 * i; the verdict of the block in word w is the low (w even) or high (w odd) half of
 * byte w / 2 of them. Written by the scan alone. */
enum { MT_VERDICTS_LEAF_BYTES = MT_LEAF_WORDS * MT_VERDICT_BITS / 8 };
static_assert(64 + MT_LEAVES_PER_EXTENT_MAX * MT_VERDICTS_LEAF_BYTES <= MT_UNIT_BYTES,
              "a unit holds the verdicts of the largest LEAVES extent");

enum {
    MT_SCAN_IN_PLACE = 1 << 0,    /* no child could be cloned: the process scanned itself, threads
                                     parked as far as they could be */
    MT_SCAN_INCOMPLETE = 1 << 1,  /* ended early: verdicts are not to be used. `problem` says why */
    MT_SCAN_NO_INTERIOR = 1 << 2, /* option heuristics=none */
};

/* Why a scan gave no verdicts. */
enum mt_scan_problem {
    MT_SCAN_OK = 0,
    MT_SCAN_SAMPLED,     /* only some blocks are in the table (option sample) */
    MT_SCAN_NO_MEMORY,   /* no memory for the child or for its verdicts */
    MT_SCAN_NO_CLONE,    /* the kernel refused the child */
    MT_SCAN_DIED,        /* the child ended before it was done */
    MT_SCAN_LATE,        /* it took longer than the process would wait */
    MT_SCAN_NO_MAPS,     /* /proc/self/maps could not be read: roots unknown */
    MT_SCAN_WITHHELD,    /* memory that forked processes do not get (MADV_DONTFORK, MADV_WIPEONFORK)
                            could not be copied for it */
    MT_SCAN_INTERRUPTED, /* a signal asked the process to end meanwhile */
    MT_SCAN_FOREIGN, /* the program's malloc is its own: its blocks are not known, and how it keeps
                        its mappings neither */
};

struct mt_scan {
    uint32_t flags;             /* MT_SCAN_* */
    uint32_t problem;           /* enum mt_scan_problem */
    uint32_t threads;           /* threads that were alive, the scanning one included */
    uint32_t threads_registers; /* whose registers were seen */
    uint32_t threads_stacks;    /* whose stacks were seen */
    uint32_t reserved;
    uint64_t root_bytes; /* bytes of roots read */
    uint64_t heap_bytes; /* bytes of blocks and mappings read */
    uint64_t scan_us;    /* time the child took */
    uint64_t objects[8]; /* blocks and mappings, by enum mt_verdict */
    uint64_t bytes[8];
};
static_assert(sizeof(struct mt_scan) == 176, "scan fact");

/* Else what seems lost may be held by what was not seen. */
static inline int mt_scan_saw_all(const struct mt_scan *scan)
{
    return scan->threads_registers >= scan->threads && scan->threads_stacks >= scan->threads;
}

static inline enum mt_verdict mt_verdict_in_doubt(enum mt_verdict verdict)
{
    return verdict == MT_VERDICT_INDIRECT || verdict == MT_VERDICT_DEFINITE ? MT_VERDICT_SUSPECT
                                                                            : verdict;
}

struct mt_mapping_verdict {
    uint64_t birth;   /* mt_mapping.birth */
    uint64_t address; /* of the piece */
    uint64_t verdict; /* enum mt_verdict */
};

/* A definite object and what is lost with it: objects that would be reachable through it. An
 * indirect object under several heads belongs to one of them. */
struct mt_leak_head {
    uint64_t address;
    uint64_t objects; /* indirect ones under it */
    uint64_t bytes;
};

/* Where a link of a chain lies. */
enum mt_link_kind {
    MT_LINK_GLOBAL = 1,   /* writable data of a module */
    MT_LINK_STACK = 2,    /* stack of the thread `thread` */
    MT_LINK_REGISTER = 3, /* register of the thread `thread` */
    MT_LINK_TLS = 4,      /* thread-local storage of the thread `thread` */
    MT_LINK_BLOCK = 5,    /* block that begins at `object` */
    MT_LINK_MAPPING = 6,  /* mapping that begins at `object` */
    MT_LINK_REGION = 7,   /* other memory: a root region, memory whose making was not seen */
};

/* A pointer: at `at`, which lies in `object`, points `to`. */
struct mt_link {
    uint64_t at;     /* of a register: where its value had been saved */
    uint64_t object; /* start of the block, mapping, module's segment or stack; 0 unknown */
    uint64_t to;
    uint32_t kind;   /* enum mt_link_kind */
    uint32_t thread; /* kernel thread id; 0 none */
};

/* The pointers that keep an object, from the root (or, for a leak, from the head) to it; no chain
 * from there is shorter. There is one for an object of each of the 256 sites with the most bytes,
 * of each verdict: reachable, possible, indirect. Of the objects that lie so deep that the search
 * has met MT_CHAIN_OBJECTS_MAX others before, or read MT_CHAIN_BYTES_MAX, none has a chain. */
enum {
    MT_CHAIN_LINKS_MAX = 32,
    MT_CHAIN_OBJECTS_MAX = 1 << 19, /* 24 bytes of memory each, in the scan's child */
    MT_CHAIN_BYTES_MAX = 64 << 20,
};

struct mt_chain {
    uint64_t address; /* the object explained */
    uint32_t verdict;
    uint32_t skipped; /* links left out between the first and the second */
    struct mt_link links[];
};
static_assert(sizeof(struct mt_link) == 32 && sizeof(struct mt_chain) == 16, "chain fact");

#endif
