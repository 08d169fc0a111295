/* diff.h: what has changed between two tallies, site by site. */
#ifndef MT_DIFF_H
#define MT_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "paper.h"
#include "tally.h"

enum mt_change {
    MT_CHANGE_NEW,
    MT_CHANGE_GROWN,
    MT_CHANGE_SHRUNK,
    MT_CHANGE_GONE,
    MT_CHANGE_NONE,
    MT_CHANGE_COUNT
};

struct mt_changed {
    enum mt_change change;         /* by bytes, or where those are equal by objects */
    const struct mt_tallied *site; /* of the newer tally if it is there, else of the older */
    struct mt_count before, after;
};

struct mt_diff {
    struct mt_changed *items; /* by change, then by how much, then by fingerprint */
    size_t count;
    size_t counts[MT_CHANGE_COUNT];
    struct mt_count before, after; /* sums */
};

/* Compares; the tallies must outlive the diff. Returns 0 (mt_diff_finish), or MT_UNREADABLE where
 * memory runs out. */
int mt_diff_make(const struct mt_tally *before, const struct mt_tally *after,
                 struct mt_diff *ret_diff, struct mt_error *error);
void mt_diff_finish(struct mt_diff *diff);

/* Whether there is a site that is new or has grown. */
bool mt_diff_is_worse(const struct mt_diff *diff);

/* For people: what changed, at most `top` sites (0: all), and the sums. For machines: all of it. */
void mt_diff_print_text(const struct mt_diff *diff, uint64_t top, const struct mt_paper *paper);
void mt_diff_print_json(const struct mt_diff *diff, const char *before, const char *after,
                        FILE *out);

#endif
