/* trace.h: an open trace, checked. Everything the analyzer knows of a process comes through here;
 * no other file looks into the mapped bytes. A trace may be damaged, hostile, cut short, or still
 * written to: every accessor checks what it reads, and what is unsound is counted, not followed. */
#ifndef MT_TRACE_H
#define MT_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include "error.h"
#include "memtrace/trace_format.h"
#include "memtrace/trace_system.h"
#include "memtrace/trace_snapshot.h"

struct mt_trace;

enum mt_storage { MT_STORAGE_BRK, MT_STORAGE_ARENA, MT_STORAGE_MMAP, MT_STORAGE_UNKNOWN,
                  MT_STORAGE_COUNT };

/* A loaded ELF object. Owned by the trace. */
struct mt_loaded {
    uint32_t id;
    uint32_t flags;           /* MT_MODULE_* */
    uint64_t start, end, bias, loaded_ms;
    uint8_t build_id[32];
    uint8_t build_id_bytes;
    const char *path;         /* NUL-ended copy */
};

/* A live block. */
struct mt_block {
    uint64_t address, size_bytes;
    uint64_t born_ms;         /* since the start of the trace */
    uint32_t stack;           /* node id: mt_trace_node knows it */
    uint32_t thread;          /* slot, 0 unknown */
    enum mt_function function;
    enum mt_storage storage;
    double weight;            /* how many blocks it stands for: 1, but in a sampled trace */
    enum mt_verdict verdict;  /* of the newest snapshot; NONE: no scan ran, or it was younger */
    enum mt_verdict before;   /* of the snapshot before that */
};

/* A mapping that the program made and that stands, or a piece of one: where mprotect has given its
 * parts different protections. */
struct mt_live_mapping {
    uint64_t address, bytes;
    uint64_t birth;           /* in the order of the calls that made them */
    uint64_t born_ms;         /* since the start of the trace */
    uint32_t stack;           /* node id, checked; 0: it was not recorded */
    uint32_t thread;          /* slot of the thread that made it, 0 unknown */
    enum mt_function function;
    enum mt_mapping_kind kind;
    bool continues;           /* a further piece of the mapping before it: no object of its own */
    bool is_in_use;           /* the stack of a thread that runs: not unfreed */
    bool has_protection;
    unsigned protection;      /* PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4; where has_protection */
    uint32_t flags;           /* MAP_* or SHM_* as given */
    const char *file;         /* NULL: none, or not known. Owned by the trace */
    int segment;              /* System V; -1: it is none */
    uint32_t tid;             /* of a stack's thread; 0: none, or not known */
    enum mt_verdict verdict, before; /* as those of a block */
};

/* What cannot be trusted or was lost; all zero for a sound, complete trace. */
struct mt_damage {
    uint64_t lost_blocks, lost_stacks, lost_facts; /* counted by the tracer */
    uint64_t lost_mappings;
    uint64_t bad_extents, bad_blocks, bad_nodes, bad_facts; /* found while reading */
    uint64_t bad_mappings;
    uint64_t bad_samples;
    uint64_t bad_misuses;
    uint64_t missing_bytes;   /* the file ends this much before its own end */
    uint64_t stale_blocks;    /* records that a later block overlaps: their free was not seen;
                                 left out of everything; not counted while the process runs,
                                 for they may have been released since they were read */
    char first[256];          /* the first unsound thing: offset and reason; "" when none */
};

struct mt_totals {
    uint64_t allocations, frees, allocated_bytes, freed_bytes, unknown_frees, cut_stacks;
    uint64_t calls[MT_FN_COUNT];
    uint64_t peak_bytes;
};

/* Opens and checks `path`: a regular file, read-only, never through more bytes than it has.
 * Returns 0 and the trace (mt_trace_close frees it), or the status in `error`: MT_UNREADABLE with
 * the offset and reason when nothing can be made of it. A damaged trace with a sound part opens. */
int mt_trace_open(const char *path, struct mt_trace **ret_trace, struct mt_error *error);
void mt_trace_close(struct mt_trace *trace); /* NULL is fine */

const char *mt_trace_path(const struct mt_trace *trace);
uint32_t mt_trace_owner(const struct mt_trace *trace); /* user id of the file's owner */
/* Where what came with the trace in its pack lies; NULL: it did not come in one. */
const char *mt_trace_pack_folder(const struct mt_trace *trace);
/* A copy of the header taken at open. */
const struct mt_header *mt_trace_header(const struct mt_trace *trace);
const struct mt_damage *mt_trace_damage(const struct mt_trace *trace);
struct mt_totals mt_trace_totals(const struct mt_trace *trace);

/* Whether the trace holds a sample of the blocks: sums of what it holds are estimates. */
bool mt_trace_is_sampled(const struct mt_trace *trace);

/* Facts as text, NUL-ended; NULL where the trace has none. */
const char *mt_trace_text(const struct mt_trace *trace, enum mt_fact_kind kind);
/* The argument vector, NULL-ended; count in *ret_count. */
const char *const *mt_trace_command(const struct mt_trace *trace, unsigned *ret_count);
/* MT_FACT_LIMIT texts, NULL-ended list. */
const char *const *mt_trace_limits(const struct mt_trace *trace);

const struct mt_loaded *mt_trace_module(const struct mt_trace *trace, uint32_t id); /* or NULL */
unsigned mt_trace_module_count(const struct mt_trace *trace); /* highest id */

/* Thread slots 1 to count; NULL for a slot never used or out of range. */
const struct mt_thread *mt_trace_thread(const struct mt_trace *trace, uint32_t slot);
unsigned mt_trace_thread_count(const struct mt_trace *trace);

/* A stack's frames, innermost first: steps from node to parent. Returns NULL for an id that is 0,
 * out of range or unsound; cycles cannot happen (a parent's id that would make one is unsound). */
const struct mt_node *mt_trace_node(const struct mt_trace *trace, uint32_t id);
uint32_t mt_trace_node_limit(const struct mt_trace *trace); /* one more than the highest id */

/* The scope in which a stack was taken, as the program named it: "suite > parse"; NULL: none. */
const char *mt_trace_scope(const struct mt_trace *trace, uint32_t stack);

/* An epoch: what the program said of itself, and what was open from then on. */
struct mt_said_epoch {
    uint32_t number, kind, scope; /* as in struct mt_epoch */
    uint64_t ms;                  /* since the start of the trace */
    char *name;
    char *path; /* phase and scopes that are open in it; "" none that has a name */
};

/* All epochs, by number; NULL where the program said nothing. Owned by the trace. */
const struct mt_said_epoch *mt_trace_epochs(const struct mt_trace *trace, size_t *ret_count);

/* Calls `visit` for each live block in address order, stale ones left out. Stops early when
 * `visit` returns nonzero, and returns that; 0 at the end. */
int mt_trace_blocks(const struct mt_trace *trace,
                    int (*visit)(const struct mt_block *block, void *context), void *context);

/* The live block that `address` lies in. Returns whether there is one. */
bool mt_trace_block_at(const struct mt_trace *trace, uint64_t address, struct mt_block *ret_block);

/* The same for each mapping, in address order. */
int mt_trace_mappings(const struct mt_trace *trace,
                      int (*visit)(const struct mt_live_mapping *mapping, void *context),
                      void *context);

bool mt_trace_mapping_at(const struct mt_trace *trace, uint64_t address,
                         struct mt_live_mapping *ret_mapping);

/* Figures of the process and the system around it, at one instant: MT_FIGURE_UNKNOWN and
 * MT_FIGURE_UNLIMITED are no numbers. */
struct mt_look {
    uint64_t taken_ms; /* since the start of the trace */
    bool from_outside; /* by memtrace run: the process may have ended */
    uint64_t figures[MT_FIGURE_COUNT];
};

/* All looks, by time; NULL where there is none. */
const struct mt_look *mt_trace_looks(const struct mt_trace *trace, size_t *ret_count);

const char *mt_figure_name(enum mt_figure figure); /* "VmRSS" */

/* "anonymous"; NULL for one that is not known. */
const char *mt_mapping_kind_name(enum mt_mapping_kind kind);

const char *mt_function_name(enum mt_function function); /* "malloc"; "unknown" */
const char *mt_storage_name(enum mt_storage storage);    /* "brk" */

#endif
