/* tally.h: what the sites of one or several reports hold, by fingerprint: what can be held against
 * another run, another build, another machine. A baseline is a tally in a file. */
#ifndef MT_TALLY_H
#define MT_TALLY_H

#include <stdint.h>
#include <stdio.h>
#include "hash.h"
#include "report.h"

struct mt_tallied {
    uint64_t fingerprint;
    enum mt_kind kind;
    char *name;  /* of the frame that names the site: "Cache::insert"; owned */
    char *place; /* "cache.c:41"; "" where no line is known; owned */
    struct mt_count count;
    UT_hash_handle hh;
};

/* Zeroed: empty. */
struct mt_tally {
    struct mt_tallied *sites;
};

/* Adds the rows of a report: those its options select, one for each verdict becoming one. Returns
 * 0, or MT_UNREADABLE where memory runs out. */
int mt_tally_add(struct mt_tally *tally, const struct mt_report *report, struct mt_error *error);

/* What the tally has of this fingerprint; NULL nothing. */
const struct mt_tallied *mt_tally_find(const struct mt_tally *tally, uint64_t fingerprint);

void mt_tally_finish(struct mt_tally *tally);

/* Adds what stands in a baseline. Returns 0, or MT_USAGE and what is wrong with the file. */
int mt_baseline_read(const char *path, struct mt_tally *tally, struct mt_error *error);

/* Writes one: JSON, a site to a line in the order of fingerprints, so that two can be compared by
 * eye and merged by git; sorts the tally so. Returns 0, or MT_INCONCLUSIVE and why it could not be written. */
int mt_baseline_write(const char *path, struct mt_tally *tally, struct mt_error *error);

#endif
