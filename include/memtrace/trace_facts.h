/* trace_facts.h: what a trace says once: FACTS extents (trace_format.h). */
#ifndef MEMTRACE_TRACE_FACTS_H
#define MEMTRACE_TRACE_FACTS_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum mt_fact_kind {
    MT_FACT_EXECUTABLE = 1, /* path, text */
    MT_FACT_COMMAND = 2,    /* argument vector, each argument ended by NUL */
    MT_FACT_HOST = 3,       /* host name, text */
    MT_FACT_BOOT = 4,       /* boot id, text */
    MT_FACT_DIRECTORY = 5,  /* working directory at the start, text */
    MT_FACT_ALLOCATOR = 6,  /* "glibc 2.36", "jemalloc", …, text */
    MT_FACT_OPTIONS = 7,    /* MEMTRACE_OPTIONS as given, text */
    MT_FACT_MODULE = 8,     /* struct mt_module */
    MT_FACT_LIMIT = 9,      /* something the tracer could not do here: text for the report */
    MT_FACT_FILE = 10,      /* struct mt_file: a file that was mapped */
    MT_FACT_EPOCH = 11,     /* struct mt_epoch: the program said where it is */
    MT_FACT_SUPPRESSIONS = 12, /* what the program itself suppresses, LeakSanitizer's format, text */
};

/* Head of a fact; its payload follows. Facts follow each other from extent + 64; the extent's
 * `used` says how far. A text is as long as the payload and need not end in NUL. */
struct mt_fact {
    uint32_t kind;          /* enum mt_fact_kind */
    uint32_t payload_bytes; /* without this head and without the padding to 8 that follows */
};
static_assert(sizeof(struct mt_fact) == 8, "fact head");

enum {
    MT_MODULE_MAIN = 1 << 0,    /* the executable */
    MT_MODULE_STARTUP = 1 << 1, /* loaded before main: never unloaded */
    MT_MODULE_VDSO = 1 << 2,
    MT_MODULE_LOADER = 1 << 3,  /* ld.so */
    MT_MODULE_TRACER = 1 << 4,  /* libmemtrace.so itself */
};

/* One load of an ELF object. An object that is closed and opened again elsewhere, or another one
 * that takes its addresses, is a module of its own; nodes name modules, not addresses. */
struct mt_module {
    uint32_t id;             /* 1, 2, …; 0 in a node means code that belongs to no module */
    uint32_t flags;          /* MT_MODULE_* */
    uint64_t start;          /* lowest mapped address */
    uint64_t end;            /* first address after it */
    uint64_t bias;           /* address in memory minus address in the file (p_vaddr) */
    uint64_t loaded_ms;      /* when it was first seen */
    uint8_t build_id_bytes;  /* 0 where it has none */
    uint8_t build_id[32];
    uint8_t reserved[7];
    char path[];             /* the rest of the payload, without NUL */
};
static_assert(sizeof(struct mt_module) == 80, "module fact");

/* The name of a file that a mapping is of, as /proc/self/fd gave it when it was mapped. */
struct mt_file {
    uint32_t id; /* 1, 2, … */
    uint32_t reserved;
    char path[]; /* the rest of the payload, without NUL */
};
static_assert(sizeof(struct mt_file) == 8, "file fact");

enum mt_epoch_kind {
    MT_EPOCH_PHASE = 1,      /* memtrace_phase: what the program does from here on */
    MT_EPOCH_CHECKPOINT = 2, /* memtrace_checkpoint */
    MT_EPOCH_BEGIN = 3,      /* memtrace_scope_begin */
    MT_EPOCH_END = 4,        /* memtrace_scope_end of the scope that `scope` began */
};

/* An epoch: the time between two calls by which the program says where it is (memtrace.h). Blocks
 * carry the epoch they were allocated in as the root of their stack (MT_NODE_EPOCH), so which of
 * them belong to a scope is exact, whatever the clock says. */
struct mt_epoch {
    uint32_t number; /* 1, 2, …: the process begins in epoch 0 */
    uint32_t kind;   /* enum mt_epoch_kind */
    uint32_t scope;  /* END: number of the epoch that began the scope; else 0 */
    uint32_t tid;    /* kernel thread id of the caller */
    uint64_t ms;     /* since the start of the trace */
    char name[];     /* the rest of the payload, without NUL; empty where none was given */
};
static_assert(sizeof(struct mt_epoch) == 24, "epoch fact");

#endif
