/* trace_format.h: the trace, the only thing the preload and the analyzer share.
 *
 * A trace (`*.mtrace`) is the live table of one process image. The preload maps the file MAP_SHARED
 * and keeps it true at every instant; nothing is written at exit. The analyzer maps it read-only,
 * while the process runs or long after. All integers are in the byte order of the traced machine.
 *
 *   offset 0        4 KiB            one unit = 64 KiB
 *   +---------------+----------------+-----------------+-----------------+-----------------+- - -
 *   | header        | (rest of       | extent          | extent          | extent          |
 *   |               |  unit 0, zero) | FACTS           | NODES           | LEAVES          |
 *   +---------------+----------------+-----------------+-----------------+-----------------+- - -
 *                                    ^ units are given out in order; header.units_used counts them
 *
 * Every extent starts at a unit boundary with a struct mt_extent and is one or more units long. A
 * reader walks from unit 1 to units_used; where it finds no valid extent head (the process died
 * while it made one) it goes on at the next unit. Kinds it does not know it skips.
 *
 *   FACTS    what is said once: command line, modules, allocator (a list of struct mt_fact,
 *            trace_facts.h)
 *   NODES    the stack tree: a stack is the path from its innermost frame's node to the root
 *   THREADS  one struct mt_thread per thread slot: name, counters
 *   LEAVES   the blocks: one 64-bit word per granule of heap, zero where no block starts
 *   MAPPINGS the mappings that the program made itself: one struct mt_mapping each, or several
 *
 * In trace_snapshot.h:
 *   SNAPSHOT what the process found when it looked at itself: its address space page by page, and
 *            what the scan found (a list of struct mt_fact)
 *   VERDICTS four bits for each word of LEAVES: what the scan says of the block
 * In trace_system.h:
 *   SYSTEM   figures of the process and of the system around it, one struct mt_sample per look
 *   CHURN    sites whose blocks are mappings of their own, given and released again and again
 * In trace_freed.h:
 *   FREED    by stack: how many of its blocks were released, and by which stacks
 * In trace_errors.h:
 *   ERRORS   what the program did wrong with memory, one struct mt_misuse per pair of stacks
 * In trace_accounts.h:
 *   ACCOUNTS by stack: what was allocated, released, and alive at the peak
 * In trace_curves.h:
 *   CURVES   the largest sites as time went on
 *
 * Words: a *block* is memory given by an allocation function; a *stack* its return addresses; a
 * *node* one frame of the stack tree; a *leaf* the 512 words that describe one run of addresses;
 * a *granule* the smallest distance of two live blocks (32 bytes with glibc, else 16).
 */
#ifndef MEMTRACE_TRACE_FORMAT_H
#define MEMTRACE_TRACE_FORMAT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include "memtrace/trace_facts.h"

#define MT_TRACE_MAGIC "\x89MTRACE\n"
enum {
    MT_TRACE_VERSION = 2,          /* version this header describes */
    MT_TRACE_VERSION_OLDEST = 1,   /* oldest version a reader of this header still opens */
    MT_TRACE_BYTE_ORDER = 0x01020304,
    MT_HEADER_BYTES = 4096,
    MT_UNIT_BYTES = 65536,
    MT_UNIT_SHIFT = 16,
    MT_PROOFS = 4,               /* blocks planted by option proof */
};

/* How the process image ended, as far as the image itself could tell. A process that was killed
 * stays at MT_END_RUNNING: the reader asks the kernel whether it still runs. */
enum mt_end {
    MT_END_RUNNING = 0,
    MT_END_EXITED = 1, /* exit, _exit or quick_exit was called */
    MT_END_EXEC = 2,   /* the image was replaced by another program */
};

/* mt_header.flags */
enum {
    MT_FLAG_FULL = 1 << 0,          /* no more room could be had: later records were lost */
    MT_FLAG_EXIT_STATUS = 1 << 1,   /* exit_status is known */
    MT_FLAG_FOREIGN_MALLOC = 1 << 2,/* the program defines malloc itself: hooks are not reached */
    MT_FLAG_NO_UNWINDER = 1 << 3,   /* libunwind could not be loaded: stacks are one frame */
    MT_FLAG_FORKED = 1 << 4,        /* began by fork: what it inherited is not in this trace */
    MT_FLAG_SANDBOXED = 1 << 5,     /* the program installed a seccomp filter: no scan from then on */
    MT_FLAG_CUT = 1 << 6,           /* pages of the file have gone while it was written: somebody has
                                       truncated it, or it could not be stored; FULL is set too */
};

/* The first 4 KiB of the file. Fields up to header_bytes never move between versions. */
struct mt_header {
    char magic[8];            /* MT_TRACE_MAGIC */
    uint32_t version;         /* MT_TRACE_VERSION of the writer */
    uint32_t version_oldest;  /* oldest reader version that understands this trace */
    uint32_t byte_order;      /* MT_TRACE_BYTE_ORDER as the writer stores it */
    uint16_t word_bits;       /* 64 */
    uint16_t machine;         /* ELF e_machine of the process: 62 x86-64, 183 aarch64 */
    uint32_t header_bytes;    /* sizeof(struct mt_header) */
    uint32_t unit_bytes;      /* MT_UNIT_BYTES */

    uint64_t units_reserved;  /* units the file could grow to */
    uint64_t units_used;      /* units given out, unit 0 included; atomic */
    uint32_t granule_shift;   /* log2 of the granule: 4 or 5 */
    uint32_t flags;           /* MT_FLAG_*; atomic or */

    uint32_t pid;
    uint32_t ppid;            /* parent at the start of the trace */
    uint64_t process_start;   /* start of the process, clock ticks since boot (/proc/PID/stat, field
                                 22), to tell it from a later process of the same pid; 0 unknown */
    uint64_t started_unix_ns; /* start of the trace, CLOCK_REALTIME */
    uint64_t started_mono_ns; /* the same instant, CLOCK_MONOTONIC: zero of all *_ms in the trace */

    uint32_t end;             /* enum mt_end */
    int32_t exit_status;      /* valid with MT_FLAG_EXIT_STATUS */
    uint64_t ended_ms;        /* when `end` was set; 0 before */

    uint64_t brk_start;       /* the main heap: where it begins, 0 unknown */
    uint64_t brk_end;         /* and the highest program break seen */

    int64_t live_bytes;       /* bytes of live blocks: sum of mt_thread.live_added; atomic */
    int64_t peak_bytes;       /* highest live bytes seen: exact with one thread, else short by at
                                 most 64 KiB per thread; atomic */

    uint64_t lost_blocks;     /* allocations not recorded for want of room; atomic */
    uint64_t lost_stacks;     /* those of lost_blocks whose stack found no room; atomic */
    uint64_t lost_facts;      /* facts not recorded for want of room; atomic */
    uint64_t missed_frees;    /* a new block was given where a live one stood: some free passed the
                                 hooks by; atomic */
    uint64_t depth_max;       /* frames kept per stack (option depth) */
    uint64_t verified_stacks; /* option verify: stacks compared with libunwind's own walk; atomic */
    uint64_t wrong_stacks;    /* and those that differed; atomic */
    uint64_t end_signal;      /* signal that killed the process, written by memtrace run, its parent;
                                 0: none, or not known */
    uint64_t sample_bytes;    /* option sample. 0: every block is recorded. Else one is with the
                                 chance 1 - exp(-size / sample_bytes), a size of 0 counted as 1:
                                 calls of functions are counted all the same, sums of bytes are
                                 estimates, made of what each recorded block stands for */
    uint64_t lost_mappings;   /* mappings, or parts, not recorded for want of room; atomic */

    uint64_t snapshots_wanted; /* snapshots asked for so far; atomic, added to by memtrace snapshot,
                                  the only field that another process changes while this one runs */
    uint64_t snapshots_taken;  /* number of the newest snapshot that is complete, 0 none; release */

    uint64_t own_blocks_start; /* what the libraries of the tracer's own have allocated in the program's
                                  heap when they were loaded lies between; 0 unknown */
    uint64_t own_blocks_end;
    uint64_t lost_freed; /* option freed_by: releases not counted for want of room; atomic */
    uint64_t peak_number;     /* of the levels of live bytes whose sites were kept (trace_accounts.h), the
                                 newest and highest; 0 none yet; atomic */
    uint64_t peak_kept_bytes; /* live bytes at that level: at most 1/128 below peak_bytes, of which
                                 each of several threads may be 64 KiB behind */
    uint64_t peak_ms;         /* when that was */
    uint64_t guarded_start; /* option guard: blocks in [start, end) have pages of their own, beside */
    uint64_t guarded_end;   /* pages that cannot be touched; 0: there are none */
    uint32_t proof_stack;    /* option proof: stack that the proof blocks alone have, 0 none yet. They
                                 are the tracer's own: no block or byte of them counts anywhere */
    uint16_t proofs_wanted; /* to be planted after the first allocation: MT_PROOFS; 0 option off */
    uint16_t proofs;        /* planted: the program's malloc gave them, whether or not that was seen */
    uint8_t reserved[MT_HEADER_BYTES - 304];
};
static_assert(sizeof(struct mt_header) == MT_HEADER_BYTES, "the header is one page");

/* ---- extents ---- */

#define MT_EXTENT_MAGIC 0x5845544du /* "MTEX" in little endian */

enum mt_extent_kind {
    MT_EXTENT_FACTS = 1,
    MT_EXTENT_NODES = 2,
    MT_EXTENT_THREADS = 3,
    MT_EXTENT_LEAVES = 4,
    MT_EXTENT_MAPPINGS = 5,
    MT_EXTENT_SNAPSHOT = 6,
    MT_EXTENT_VERDICTS = 7,
    MT_EXTENT_SYSTEM = 8,
    MT_EXTENT_CHURN = 9,
    MT_EXTENT_FREED = 10,
    MT_EXTENT_ERRORS = 11,
    MT_EXTENT_ACCOUNTS = 12,
    MT_EXTENT_CURVES = 13,
};

/* The first 64 bytes of an extent. `magic` is stored last (release). */
struct mt_extent {
    uint32_t magic;    /* MT_EXTENT_MAGIC once the extent is valid */
    uint32_t kind;     /* enum mt_extent_kind */
    uint32_t units;    /* length, in units */
    uint32_t ordinal;  /* 0, 1, 2, … among the extents of its kind; SNAPSHOT: 2 * its place among
                          those of its snapshot + the snapshot's number & 1; VERDICTS: see there */
    uint64_t used;     /* FACTS, SNAPSHOT: bytes of facts that follow this head, published by
                          release. LEAVES: leaves given out. NODES: nodes given out, the four that
                          the head covers included. THREADS, MAPPINGS: slots given out. SYSTEM,
                          CURVES: samples written. CHURN, ERRORS: slots in use. Atomic */
    uint64_t snapshot; /* SNAPSHOT, VERDICTS: number of the snapshot it belongs to, 0 while it is
                          being written anew */
    uint64_t next;     /* SNAPSHOT: the writer's own: number of the unit where the extent of the next
                          place begins; 0 none yet */
    uint64_t last;     /* SNAPSHOT of place 0: the same; of the unit where the newest fact is */
    uint8_t reserved[16];
};
static_assert(sizeof(struct mt_extent) == 64, "extent head");

/* ---- the stack tree ---- */

enum {
    MT_NODE_BYTES = 16,
    MT_NODES_PER_EXTENT = MT_UNIT_BYTES / MT_NODE_BYTES,
    MT_NODES_HEAD = 4,        /* ids 0 to 3 of each extent lie under its head and are no nodes */
    MT_NODE_BITS = 25,        /* bits of a node id */
};

enum {
    MT_NODE_CUT_DEPTH = 1 << 0,   /* outermost frame kept: option depth cut the stack here */
    MT_NODE_CUT_UNKNOWN = 1 << 1, /* outermost frame known: no unwind information beyond it */
    MT_NODE_EXACT_PC = 1 << 2,    /* pc was interrupted by a signal, it is not a return address */
    MT_NODE_NO_STACK = 1 << 3,    /* taken inside the tracer or another hook: only the caller */
    MT_NODE_EPOCH = 1 << 4,       /* no frame but the root of the stacks of an epoch: pc is its
                                     number, parent 0. Epoch 0 has none */
    MT_NODE_IGNORED = 1 << 5,     /* with EPOCH: made between memtrace_ignore_begin and _end */
};

/* A frame and its callers. Node id n lies in the NODES extent of ordinal n / MT_NODES_PER_EXTENT,
 * 16 * (n % MT_NODES_PER_EXTENT) bytes from its head. Immutable once a block or node names it. */
struct mt_node {
    uint64_t pc;       /* return address, as it was in memory */
    uint32_t parent;   /* id of the caller's node; 0, or that of an epoch: the outermost frame */
    uint16_t module;   /* mt_module.id, or 0 */
    uint8_t function;  /* enum mt_function of the allocation; innermost frames only, else 0 */
    uint8_t flags;     /* MT_NODE_* */
};
static_assert(sizeof(struct mt_node) == MT_NODE_BYTES, "node");

/* ---- functions ---- */

/* What an allocation or release came through. The order is part of the format: append only. */
#define MT_FUNCTIONS(X) \
    X(MALLOC, "malloc") \
    X(CALLOC, "calloc") \
    X(REALLOC, "realloc") \
    X(REALLOCARRAY, "reallocarray") \
    X(POSIX_MEMALIGN, "posix_memalign") \
    X(ALIGNED_ALLOC, "aligned_alloc") \
    X(MEMALIGN, "memalign") \
    X(VALLOC, "valloc") \
    X(PVALLOC, "pvalloc") \
    X(NEW, "operator new") \
    X(NEW_ARRAY, "operator new[]") \
    X(MALLOCX, "mallocx") \
    X(RALLOCX, "rallocx") \
    X(FREE, "free") \
    X(FREE_SIZED, "free_sized") \
    X(FREE_ALIGNED_SIZED, "free_aligned_sized") \
    X(CFREE, "cfree") \
    X(DELETE, "operator delete") \
    X(DELETE_ARRAY, "operator delete[]") \
    X(DALLOCX, "dallocx") \
    X(SDALLOCX, "sdallocx") \
    X(XALLOCX, "xallocx") \
    X(USABLE_SIZE, "malloc_usable_size") \
    X(MMAP, "mmap") \
    X(MREMAP, "mremap") \
    X(SHMAT, "shmat") \
    X(BRK, "brk") \
    X(SBRK, "sbrk") \
    X(PTHREAD_CREATE, "pthread_create") \
    X(MUNMAP, "munmap") \
    X(SHMDT, "shmdt")

enum mt_function {
    MT_FN_UNKNOWN = 0,
#define X(id, name) MT_FN_##id,
    MT_FUNCTIONS(X)
#undef X
    MT_FN_COUNT,
};

/* ---- threads ---- */

enum {
    MT_THREAD_BYTES = 512,
    MT_THREADS_PER_EXTENT = MT_UNIT_BYTES / MT_THREAD_BYTES - 1, /* slot 0 lies under the head */
    MT_THREAD_BITS = 12,  /* blocks name slots 1 to 4095; 0 means a thread beyond these */
};

/* A thread slot. Slot s (from 1) lies in the THREADS extent of ordinal (s-1) / PER_EXTENT at
 * 512 * (1 + (s-1) % PER_EXTENT). The slot of an ended thread is given to a later one; its
 * counters go on. Written by its thread alone, without atomic read-modify-write: a reader in
 * another process sees each word whole. */
struct mt_thread {
    uint32_t tid;             /* kernel thread id; 0: never used */
    uint32_t generation;      /* how many threads have had this slot */
    char name[16];            /* comm, NUL-padded, as last read */
    uint64_t started_ms;      /* first call of this thread */
    uint64_t allocated_bytes; /* sum of the sizes asked for */
    uint64_t freed_bytes;     /* sum of the sizes of the recorded blocks released */
    uint64_t unknown_frees;   /* calls of release functions for addresses that had no record; 0 in
                                 a sampled trace, where that says nothing */
    uint64_t other_releases;  /* recorded blocks released otherwise than by a release function: the
                                 old block of a resize (in a sampled trace: recorded or not), one
                                 found missed (mt_header.missed_frees) */
    uint64_t cut_stacks;      /* allocations whose stack is marked MT_NODE_CUT_* */
    int64_t live_added;       /* what of allocated - freed bytes is in mt_header.live_bytes */
    int64_t live_high;        /* highest allocated - freed bytes since live_added last changed */
    uint8_t is_named;         /* the program has named it (memtrace_thread_name): name is not comm */
    uint8_t reserved[23];
    uint64_t calls[32];       /* by enum mt_function: blocks given (a resize that succeeds counts),
                                 or calls that released something, NULL not counted */
    uint8_t reserved2[144];
};

/* Blocks given: sum of calls[MT_FN_MALLOC .. MT_FN_RALLOCX] and calls[MT_FN_XALLOCX]. Recorded blocks
 * (in a sampled trace: blocks) released: sum of calls[MT_FN_FREE .. MT_FN_SDALLOCX] - unknown_frees
 * + other_releases. */
static inline uint64_t mt_thread_allocations(const struct mt_thread *thread)
{
    uint64_t count = thread->calls[MT_FN_XALLOCX];
    for (int i = MT_FN_MALLOC; i <= MT_FN_RALLOCX; i++)
        count += thread->calls[i];
    return count;
}

static inline uint64_t mt_thread_frees(const struct mt_thread *thread)
{
    uint64_t count = thread->other_releases - thread->unknown_frees;
    for (int i = MT_FN_FREE; i <= MT_FN_SDALLOCX; i++)
        count += thread->calls[i];
    return count;
}

static_assert(sizeof(struct mt_thread) == MT_THREAD_BYTES, "thread slot");
static_assert(MT_FN_COUNT <= 32, "calls[] has room");

/* ---- blocks ---- */

/* A LEAVES extent: head, then from byte 64 of its first 4 KiB page one base per leaf
 * (mt_leaf_base), then the leaves, 4 KiB each, from the second page on: leaf i at page 1 + i. A base
 * of 0 is a leaf that is not in use.
 *
 * A base is the first address of the run, which is aligned to 512 granules; bit 3 is set where
 * the leaf describes the addresses that are 8 more than a multiple of 16 (allocators that place
 * blocks 8 bytes apart have both leaves for a run).
 *
 * Word i of a leaf describes the block that starts in granule i. A block's stack is never 0, so
 * the word is nonzero exactly while the block lives, and one store makes or ends a record.
 *
 *    63        45 44      33 32  27 26 25 24                       0
 *   +------------+----------+------+--+--+-------------------------+
 *   | time 19    | thread 12| size6|0 |h | stack 25                |   small: up to 48 bytes
 *   +------------+----------+------+--+--+-------------------------+
 *   | size 37                      |1 |h | stack 25                |   large, first word
 *   +---------------------+--------+--+--+-------------------------+
 *   | time 26             |thread12|m | 0 (25 bits)                |   large, the word after it
 *   +---------------------+--------+--+----------------------------+
 *
 * h is bit 4 of the address where the granule is 32 bytes. A large block covers every address
 * of the next granule where another could start, so the next word is its own; it is stored first,
 * and as its stack field is 0 it is never taken for a block. m: the block is a mapping of its own.
 * Times are milliseconds since the start in a small floating-point form (mt_time_encode). */
enum {
    MT_LEAF_WORDS = 512,
    MT_LEAF_BYTES = 4096,
    MT_LEAF_BASES_OFFSET = 64,
    MT_LEAVES_PER_EXTENT_MAX = 255, /* 16 units */
    MT_SMALL_MAX = 48,              /* largest size a small word is used for */
    MT_TIME_BITS_SMALL = 19,
    MT_TIME_BITS_LARGE = 26,
};
#define MT_BASE_ODD UINT64_C(8)

#define MT_WORD_STACK UINT64_C(0x1ffffff)
#define MT_WORD_HALF (UINT64_C(1) << 25)
#define MT_WORD_LARGE (UINT64_C(1) << 26)
#define MT_WORD_OWN_MAPPING (UINT64_C(1) << 25) /* in the word after a large one */
enum {
    MT_WORD_SMALL_SIZE_SHIFT = 27,  /* 6 bits */
    MT_WORD_SMALL_THREAD_SHIFT = 33,
    MT_WORD_SMALL_TIME_SHIFT = 45,
    MT_WORD_LARGE_SIZE_SHIFT = 27,  /* 37 bits */
    MT_WORD_LARGE_THREAD_SHIFT = 26,
    MT_WORD_LARGE_TIME_SHIFT = 38,
};

/* Sizes from 64 GiB on do not fit 37 bits as bytes: they are kept in pages, rounded up, with the
 * top bit set. */
#define MT_SIZE_IN_PAGES (UINT64_C(1) << 36)

static inline uint64_t mt_size_encode(uint64_t size_bytes)
{
    if (size_bytes < MT_SIZE_IN_PAGES)
        return size_bytes;
    return MT_SIZE_IN_PAGES | ((size_bytes >> 12) + ((size_bytes & 4095) != 0));
}

static inline uint64_t mt_size_decode(uint64_t field)
{
    return field & MT_SIZE_IN_PAGES ? (field & (MT_SIZE_IN_PAGES - 1)) << 12 : field;
}

/* A time as mantissa << exponent: the low 5 bits are the exponent, the other bits - 5 the
 * mantissa, truncated. Exact while ms < 2^(bits-5) (16 s small, 35 min large), then within
 * 1/2^(bits-6) of the time itself. Encoded values of growing times never decrease when decoded. */
static inline uint64_t mt_time_encode(uint64_t ms, unsigned bits)
{
    const unsigned mantissa_bits = bits - 5;
    unsigned exponent = 0;
    if (ms >> mantissa_bits) {
        exponent = 64 - (unsigned)__builtin_clzll(ms) - mantissa_bits;
        if (exponent > 31) { /* a thousand years */
            exponent = 31;
            ms = ((UINT64_C(1) << mantissa_bits) - 1) << 31;
        }
    }
    return ms >> exponent << 5 | exponent;
}

static inline uint64_t mt_time_decode(uint64_t field)
{
    return field >> 5 << (field & 31);
}

/* Whether a block is recorded in two words: it must be larger than MT_SMALL_MAX, which for both
 * granules makes every start in the next granule lie inside it. */
static inline int mt_is_large(uint64_t size_bytes)
{
    return size_bytes > MT_SMALL_MAX;
}

/* ---- mappings ---- */

enum mt_mapping_kind {
    MT_MAPPING_UNKNOWN = 0, /* mremap of a mapping whose making was not seen */
    MT_MAPPING_ANONYMOUS,
    MT_MAPPING_FILE,
    MT_MAPPING_SHARED, /* MAP_SHARED anonymous, memfd, shm_open, System V */
    MT_MAPPING_STACK,  /* of a thread that pthread_create made, its guard included */
    MT_MAPPING_BRK,    /* by brk or sbrk, called by the program */
    MT_MAPPING_KIND_COUNT,
};

enum {
    MT_MAPPING_THREAD_ENDED = 1 << 0,       /* STACK: the thread has ended and was neither joined
                                               nor detached; without it the stack is in use */
    MT_MAPPING_PROTECTION_UNKNOWN = 1 << 1, /* a call of mprotect failed half way */
    MT_MAPPING_SYSTEM_V = 1 << 2,           /* SHARED: by shmat */
};

enum {
    MT_MAPPING_BYTES = 64,
    MT_MAPPINGS_PER_EXTENT = MT_UNIT_BYTES / MT_MAPPING_BYTES - 1, /* slot 0 lies under the head */
};

/* A range of addresses that the program obtained by one call, or what is left of it in one piece
 * with one protection. Slot s (from 0) lies in the MAPPINGS extent of ordinal s / PER_EXTENT, at
 * 64 * (1 + s % PER_EXTENT). No two records overlap.
 *
 * `sequence` is 0 while the slot is empty or is being written, else a number that no other record
 * of any slot has had: it is cleared before a change and stored (release) after it, so a reader
 * that finds the same sequence before and after has read what belongs together. `bytes`, state and
 * protection of a record that stands change by themselves, each by one store. Each address of a
 * mapping that stands has a record at every instant; while pieces are made or joined it may have
 * two: the one of the higher sequence counts. */
struct mt_mapping {
    uint64_t sequence;
    uint64_t address;
    uint64_t bytes;
    uint64_t birth;         /* 1, 2, … in the order of the calls; pieces of one mapping share it */
    uint64_t born_ms;       /* since the start of the trace */
    uint64_t skipped_bytes; /* of the mapping as it was made, that lie before this piece; SYSTEM_V: of
                               the segment */
    uint32_t stack;         /* node id */
    uint32_t detail;        /* FILE, SHARED: mt_file.id, 0 unknown; SYSTEM_V: the segment's id;
                               STACK: kernel thread id, 0 it had ended already */
    uint32_t map_flags;     /* MAP_* or SHM_* as given */
    uint16_t thread;        /* slot of the thread that made the call; 0 unknown */
    uint8_t kind_state;     /* enum mt_mapping_kind, and MT_MAPPING_* << 4 */
    uint8_t protection;     /* PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4 */
};
static_assert(sizeof(struct mt_mapping) == MT_MAPPING_BYTES, "mapping record");

static inline enum mt_mapping_kind mt_mapping_kind(const struct mt_mapping *mapping)
{
    return (enum mt_mapping_kind)(mapping->kind_state & 15);
}

static inline unsigned mt_mapping_state(const struct mt_mapping *mapping)
{
    return mapping->kind_state >> 4;
}

/* Whether two records that touch are one piece of one mapping that happens to be in two. */
static inline int mt_mapping_continues(const struct mt_mapping *lower,
                                       const struct mt_mapping *higher)
{
    return lower->birth == higher->birth && lower->address + lower->bytes == higher->address;
}

#endif
