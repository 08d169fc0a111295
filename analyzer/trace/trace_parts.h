/* trace_parts.h: the inside of an open trace, shared by the files behind trace.h and by no other:
 *
 *   trace.c (open, header) -> extents.c (where things lie)
 *     -> leaves.c, nodes.c, threads.c, facts.c -> blocks.c (which of them live)
 *     -> verdicts.c (what the scan says of them), epochs.c (where the program said it was)
 *
 * The file is read with pread into memory of our own, never mapped: a file that shrinks under us
 * comes short instead of raising SIGBUS. After mt_trace_open the file is closed; what the
 * accessors give is one picture of it. What is read of a running process is read in the order in
 * which it cannot be torn: blocks, then the nodes they name, then the facts the nodes name. */
#ifndef MT_TRACE_PARTS_H
#define MT_TRACE_PARTS_H

#include <stddef.h>
#include "memtrace/trace_errors.h"
#include "accounts.h"
#include "curves.h"
#include "memtrace/trace_freed.h"
#include "memtrace/trace_snapshot.h"
#include "snapshot.h"
#include "trace.h"

enum {
    MT_NODE_CHUNKS = (1 << MT_NODE_BITS) / MT_NODES_PER_EXTENT, /* NODES extents at most */
    MT_THREAD_EXTENTS = 520, /* of as many threads at one time as the tracer can have */
    MT_MODULES_MAX = UINT16_MAX,
    MT_FILES_MAX = UINT16_MAX,
    MT_FACT_TEXTS = MT_FACT_SUPPRESSIONS + 1,
};

/* ---- extents.c ---- */

/* A sound extent. */
struct mt_place {
    uint64_t offset; /* of its head, in the file */
    uint32_t kind, units, ordinal;
    uint64_t used, snapshot;
};

struct mt_places {
    struct mt_place *at;
    size_t count;
    uint64_t bad;        /* runs of units that hold something that is no extent */
    uint64_t bad_offset; /* of the first of them */
    const char *bad_reason;
};

/* Finds the extents of the file as it is now; what `places` held before is dropped. Returns 0, or
 * -1 when there is no memory. */
int mt_places_find(struct mt_trace *trace, struct mt_places *places);
void mt_places_finish(struct mt_places *places);

/* ---- leaves.c, blocks.c ---- */

struct mt_leaf {
    uint64_t base;    /* as stored */
    uint64_t offset;  /* of its first word, in the file */
    uint32_t ordinal; /* of its extent */
    uint32_t index;   /* in its extent */
};

/* A block's words as they were in the file. */
struct mt_record {
    uint64_t address;
    uint64_t first, second; /* second: large blocks only, else 0 */
};

struct mt_blocks {
    struct mt_leaf *leaves; /* by address */
    size_t leaf_count;
    struct mt_record *records; /* by address */
    size_t count, room;
};

/* What a record's words say; see the picture in trace_format.h. */
static inline uint32_t mt_record_stack(const struct mt_record *record)
{
    return (uint32_t)(record->first & MT_WORD_STACK);
}

static inline bool mt_record_is_large(const struct mt_record *record)
{
    return record->first & MT_WORD_LARGE;
}

static inline uint64_t mt_record_size(const struct mt_record *record)
{
    if (mt_record_is_large(record))
        return mt_size_decode(record->first >> MT_WORD_LARGE_SIZE_SHIFT);
    return record->first >> MT_WORD_SMALL_SIZE_SHIFT & 0x3f;
}

/* Reads the records of all leaves. Returns 0, or -1 when there is no memory. */
int mt_leaves_read(struct mt_trace *trace, const struct mt_places *places);
/* The leaf that a record was read from. */
const struct mt_leaf *mt_record_leaf(const struct mt_trace *trace, const struct mt_record *record);
/* Where a record's first word lies in the file. */
uint64_t mt_record_offset(const struct mt_trace *trace, const struct mt_record *record);

/* How many blocks a recorded one of that size stands for: 1, but in a sampled trace. */
double mt_block_weight(const struct mt_trace *trace, uint64_t size_bytes);

/* Drops the records that cannot be or that a later block overlaps. After the nodes were read. */
void mt_blocks_settle(struct mt_trace *trace);
void mt_blocks_finish(struct mt_blocks *blocks);

/* ---- proof.c ---- */

struct mt_proofs {
    struct mt_record records[MT_PROOFS];
    unsigned count;
};

/* Whether the record is a proof block's, which belongs to no list of blocks: it is kept apart then.
 */
bool mt_proof_take(struct mt_trace *trace, const struct mt_record *record);

/* ---- mappings.c ---- */

struct mt_mappings {
    struct mt_mapping *at; /* by address, once settled */
    size_t count, room;
};

int mt_mappings_read(struct mt_trace *trace, const struct mt_places *places);

/* Sorts them and drops those that cannot be. After the nodes were read. Returns 0, or -1 when there is
 * no memory. */
int mt_mappings_settle(struct mt_trace *trace);
void mt_mappings_finish(struct mt_mappings *mappings);

/* ---- samples.c ---- */

struct mt_looks {
    struct mt_look *at; /* by time */
    size_t count;
};

/* Reads the samples of an extent until they stand still; one that did not has sequence 0. Returns
 * their number. */
size_t mt_samples_read(const struct mt_trace *trace, const struct mt_place *place,
                       struct mt_sample samples[MT_SAMPLES_PER_EXTENT]);

int mt_looks_read(struct mt_trace *trace, const struct mt_places *places);
void mt_looks_finish(struct mt_looks *looks);

/* ---- scan.c ---- */

/* What the scan of one snapshot said. Without verdicts only of itself. */
/* A chain where it stands in the snapshot. */
struct mt_kept_chain {
    const struct mt_chain *chain;
    size_t link_count;
};

struct mt_scan_facts {
    bool has_scan;
    struct mt_scan scan;
    struct mt_mapping_verdict *mappings; /* by birth and address */
    size_t mapping_count;
    struct mt_leak_head *heads; /* by address */
    size_t head_count;
    struct mt_kept_chain *chains; /* by address of what they explain */
    size_t chain_count;
};

/* Takes them out of the snapshots. Returns 0, or -1 when there is no memory. */
int mt_scan_read(struct mt_trace *trace);
/* Sorts the arrays, which were filled in any order. */
void mt_scan_settle(struct mt_scan_facts *facts);
void mt_scan_finish(struct mt_scan_facts scans[MT_PLANES]);

enum mt_verdict mt_scan_of_mapping(const struct mt_trace *trace, unsigned age,
                                   const struct mt_mapping *mapping);

/* ---- verdicts.c ---- */

/* The verdicts of the blocks of one LEAVES extent. */
struct mt_plane_unit {
    uint32_t leaves_ordinal;
    uint64_t offset; /* of its extent, in the file */
    uint8_t *verdicts;
};

struct mt_plane {
    uint64_t number;  /* of the snapshot; 0: none, or its scan gave no verdicts */
    bool is_in_doubt; /* what it calls lost may be held by what was not seen */
    uint64_t taken_ms;
    struct mt_plane_unit *units; /* by leaves_ordinal */
    size_t count;
};

/* Reads the planes whose number is not 0. Returns 0, or -1 when there is no memory. */
int mt_verdicts_read(struct mt_trace *trace, const struct mt_places *places);
void mt_verdicts_finish(struct mt_plane planes[MT_PLANES]);

/* Goes through verdicts in the order of addresses; begins with only the trace set. */
struct mt_verdict_walk {
    const struct mt_trace *trace;
    bool is_set;
    uint64_t base;                      /* of the leaf that it stands at */
    const uint8_t *verdicts[MT_PLANES]; /* of that leaf; NULL: none */
};

/* What the planes have for a record; a core file is not asked. */
void mt_verdicts_in_planes(struct mt_verdict_walk *walk, const struct mt_record *record,
                           uint64_t born_ms, enum mt_verdict ret_verdicts[MT_PLANES]);

/* The newest verdict of the block of one of blocks.records and the one before it. */
void mt_verdicts_of(struct mt_verdict_walk *walk, const struct mt_record *record, uint64_t born_ms,
                    enum mt_verdict ret_verdicts[MT_PLANES]);

/* ---- snapshot.c ---- */

/* The number of the newest complete snapshot, as it is in the file now. */
uint64_t mt_snapshots_taken(const struct mt_trace *trace);

/* Reads snapshot `taken` and the one before it. `places` must be newer than `taken`. Returns 0, or
 * -1 when there is no memory. */
int mt_snapshots_read(struct mt_trace *trace, const struct mt_places *places, uint64_t taken);
void mt_snapshots_finish(struct mt_trace *trace);

/* ---- churn.c ---- */

struct mt_churns {
    struct mt_churn *slots; /* as in the file, until settled */
    size_t slot_count;
    struct mt_churn_site *sites;
    size_t site_count;
    bool is_full;
};

int mt_churn_read(struct mt_trace *trace, const struct mt_places *places);

/* Makes the sites. After the nodes were read. Returns 0, or -1 when there is no memory. */
int mt_churn_settle(struct mt_trace *trace);
void mt_churn_finish(struct mt_churns *churns);

/* ---- freers.c ---- */

/* One FREED extent. */
struct mt_freed_chunk {
    uint64_t offset; /* of its first slot, in the file */
    struct mt_freed slots[MT_FREED_PER_EXTENT];
};

struct mt_freed_chunks {
    struct mt_freed_chunk **chunk; /* MT_FREED_EXTENTS, by ordinal; NULL: the option was off */
    uint32_t *live;                /* blocks by node id; with chunk */
};

int mt_freed_read(struct mt_trace *trace, const struct mt_places *places);

/* After the nodes were read and the blocks settled. Both return 0, or -1 when there is no memory.
 */
int mt_freed_settle(struct mt_trace *trace);
void mt_freed_finish(struct mt_freed_chunks *freed);

/* ---- misuses.c ---- */

struct mt_misuses {
    struct mt_misuse *at; /* by time, once settled */
    size_t count;
    uint64_t offset; /* of the extent, in the file */
    struct mt_errors_head head;
};

/* Returns 0, or -1 when there is no memory. */
int mt_misuses_read(struct mt_trace *trace, const struct mt_places *places);

/* Sorts them and drops those that cannot be. After the nodes were read. */
void mt_misuses_settle(struct mt_trace *trace);
void mt_misuses_finish(struct mt_misuses *misuses);
/* ---- accounts.c ---- */

struct mt_accounts {
    struct mt_account_sum **page; /* by node id / MT_ACCOUNTS_PER_PAGE; NULL: the trace has none */
};

int mt_accounts_read(struct mt_trace *trace, const struct mt_places *places);
void mt_accounts_finish(struct mt_accounts *accounts);

/* ---- curves.c ---- */

struct mt_curves {
    struct mt_ranking *at; /* by time */
    size_t count;
};

int mt_curves_read(struct mt_trace *trace, const struct mt_places *places);
void mt_curves_finish(struct mt_curves *curves);

/* ---- nodes.c ---- */

/* One NODES extent. */
struct mt_node_chunk {
    uint64_t offset; /* in the file */
    struct mt_node node[MT_NODES_PER_EXTENT];
    uint16_t depth[MT_NODES_PER_EXTENT]; /* frames from here outwards; 0: unsound, not yet known */
    uint32_t used;
};

struct mt_nodes {
    struct mt_node_chunk *chunk[MT_NODE_CHUNKS]; /* by ordinal; NULL where there is none */
    uint32_t limit;
};

int mt_nodes_read(struct mt_trace *trace, const struct mt_places *places);
void mt_nodes_finish(struct mt_nodes *nodes);

/* ---- threads.c ---- */

struct mt_threads {
    struct mt_thread *slot; /* by slot; those that no block names, for their number, as well */
    unsigned count;         /* highest slot given out */
};

int mt_threads_read(struct mt_trace *trace, const struct mt_places *places);
void mt_threads_finish(struct mt_threads *threads);

/* ---- facts.c ---- */

struct mt_facts {
    char *text[MT_FACT_TEXTS]; /* by enum mt_fact_kind */
    char **command;            /* NULL-ended; points into text[MT_FACT_COMMAND] */
    unsigned command_count;
    char **limits; /* NULL-ended */
    unsigned limit_count;
    char **file; /* file[id - 1]; NULL where there is none */
    unsigned file_count;
    struct mt_loaded **module; /* by id; NULL where there is none */
    unsigned module_count;     /* highest id */
};

/* The fact at *at in a list of `bytes` bytes; its payload lies in the list. Returns 1 and moves *at
 * behind it; 0 at the end; -1 where there is none that can be, with the head it would have had. */
int mt_fact_next(const char *facts, size_t bytes, size_t *at, struct mt_fact *ret_fact,
                 const char **ret_payload);

int mt_facts_read(struct mt_trace *trace, const struct mt_places *places);
void mt_facts_finish(struct mt_facts *facts);

/* ---- epochs.c ---- */

struct mt_epochs {
    struct mt_said_epoch *at; /* by number, once settled */
    size_t count;
};

/* Take a fact; name the scopes when all are there. Return 0, or -1 when there is no memory. */
int mt_epochs_add(struct mt_epochs *epochs, const char *payload, size_t bytes);
int mt_epochs_settle(struct mt_epochs *epochs);
void mt_epochs_finish(struct mt_epochs *epochs);

/* ---- trace.c ---- */

struct mt_trace {
    char *path;
    int fd; /* -1 once it is read */
    uint64_t file_bytes;
    uint32_t owner;           /* of the file */
    struct mt_unpacked *pack; /* that it came in; NULL: in none */
    bool is_live;             /* its process may be writing to it now */
    struct mt_header header;
    struct mt_damage damage;
    struct mt_blocks blocks;
    struct mt_proofs proofs;
    struct mt_mappings mappings;
    struct mt_looks looks;
    struct mt_scan_facts scans[MT_PLANES];
    uint8_t *judged; /* by record: verdicts found from a core file, in place of the newest; NULL */
    struct mt_plane planes[MT_PLANES];
    struct mt_churns churns;
    struct mt_freed_chunks freed;
    struct mt_misuses misuses;
    struct mt_accounts accounts;
    struct mt_curves curves;
    struct mt_nodes nodes;
    struct mt_threads threads;
    struct mt_facts facts;
    struct mt_epochs epochs;
    struct mt_seen *seen[MT_PLANES]; /* snapshots, by age; NULL: none */
};

/* Opens the file and checks its header; no part is read, and the file stays open until
 * mt_trace_close. Returns as mt_trace_open does. */
int mt_trace_begin(const char *path, struct mt_trace **ret_trace, struct mt_error *error);

/* Takes counters and the end from the header as it is in the file now; what was checked stays as it
 * was checked. */
void mt_trace_take_newest(struct mt_trace *trace);

/* Reads `bytes` from `offset`. What lies behind the end of the file, or cannot be read, is zero,
 * which is "nothing here" throughout the format. Loads of a later call come later. Returns the
 * bytes that the file had. */
size_t mt_trace_read(const struct mt_trace *trace, uint64_t offset, void *buffer, size_t bytes);

/* Counts something unsound at `offset` and keeps the text of the first. */
void mt_trace_note(struct mt_trace *trace, uint64_t *counter, uint64_t offset, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));

/* Counts a stale record. Not while the process runs: it may have been sound a moment ago, when the
 * block over it was not yet given. */
void mt_trace_note_stale(struct mt_trace *trace);

#endif
