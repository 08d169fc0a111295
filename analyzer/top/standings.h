/* standings.h: the sites of a running process, round by round: what each holds, by how much it grew
 * since the first round and since the last one, and what the newest snapshot said of it. */
#ifndef MT_STANDINGS_H
#define MT_STANDINGS_H

#include "process.h"
#include "sites.h"
#include "symbols.h"

enum mt_standing_sort {
    MT_STANDING_BYTES,
    MT_STANDING_BLOCKS,
    MT_STANDING_GROWTH,
    MT_STANDING_RATE,
};
extern const char *const mt_standing_sort_names[]; /* as typed, ended by NULL */

struct mt_standing {
    uint32_t stack;
    enum mt_kind kind;
    struct mt_sum sum;       /* what lives now */
    double growth;           /* in bytes, since the first round */
    double per_second;       /* in bytes, since the round before */
    enum mt_verdict verdict; /* the gravest of its objects; NONE: the snapshot knows none of them */
};

/* The whole process. */
struct mt_standings_head {
    unsigned rounds;  /* that are complete */
    uint64_t at_ms;   /* when the last one ended, since the start of the trace */
    uint64_t span_ms; /* from the end of the first to that */
    struct mt_standing all;
    uint64_t allocations, frees, peak_bytes;
    double allocations_per_second, frees_per_second;
    uint64_t resident_bytes; /* MT_FIGURE_UNKNOWN: the kernel does not say */
    uint64_t snapshot;       /* number of the newest that was read; 0: none */
    uint64_t snapshot_ms;    /* when it was taken */
    bool has_verdicts;
    struct mt_count lost;     /* what it found to be leaked */
    struct mt_count suspects; /* what it would have, had it seen all */
    bool is_running;
};

struct mt_standings;

/* Of the process `pid`, which writes to the trace at `path`. Returns 0 (mt_standings_close), or a
 * status. */
int mt_standings_open(const char *path, uint32_t pid, const char *sysroot,
                      struct mt_standings **ret_standings, struct mt_error *error);
void mt_standings_close(struct mt_standings *standings); /* NULL is fine */

/* Goes on for about `budget_us`. Returns 1 where a round has ended, 0 where it has not, -1 where
 * memory ran out. A process that has ended is read once more, whole; later rounds change nothing.
 */
int mt_standings_step(struct mt_standings *standings, uint64_t budget_us);

/* Reads the verdicts of the newest snapshot, where there is one that has not been read: all of the
 * trace at once. Returns 0 or a status. */
int mt_standings_judge(struct mt_standings *standings, struct mt_error *error);

const struct mt_standings_head *mt_standings_head(const struct mt_standings *standings);

/* The sites whose function or place has `filter` in it, whatever the case ("": all), in order.
 * Returns their number; the array is valid until the next call. */
size_t mt_standings_select(struct mt_standings *standings, enum mt_standing_sort sort,
                           const char *filter, const struct mt_standing *const **ret_sites);

/* What a site is called, and where that is: "cache_insert", "cache.c:18"; "" where the place is not
 * known. Fit for a terminal. */
const char *mt_standing_name(struct mt_standings *standings, const struct mt_standing *site);
const char *mt_standing_place(struct mt_standings *standings, const struct mt_standing *site);

/* As of the last round. The symbols change with the modules; NULL where memory runs out. */
const struct mt_trace *mt_standings_trace(const struct mt_standings *standings);
struct mt_symbols *mt_standings_symbols(struct mt_standings *standings);

#endif
