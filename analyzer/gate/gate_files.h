/* gate_files.h: the files that a gate reads and writes beside its verdict: baselines, suppressions
 * of what it found, and the formats of other tools. */
#ifndef MT_GATE_FILES_H
#define MT_GATE_FILES_H

#include <stdio.h>
#include "findings.h"
#include "gate.h"
#include "tally.h"

struct mt_gate_files {
    const struct mt_gate_options *options;
    struct mt_tally known;       /* the baseline */
    struct mt_tally now;         /* what is there */
    struct mt_findings findings; /* what counts, where a format wants it */
    FILE *suppressions;          /* being written; NULL: not asked for */
};

/* Reads the baseline, and has reports know it; opens what is to be written. Returns 0
 * (mt_gate_files_end), or a status and which file is wrong, and why. */
int mt_gate_files_begin(const struct mt_gate_options *options, struct mt_report_options *report,
                        struct mt_gate_files *ret_files, struct mt_error *error);

/* Notes the sites of a report. Returns 0, or MT_UNREADABLE where memory runs out. */
int mt_gate_files_add(struct mt_gate_files *files, const struct mt_report *report,
                      struct mt_error *error);

/* Writes the files, prints annotations on `out`, frees the rest. Returns 0, or MT_INCONCLUSIVE and
 * which file could not be written. */
int mt_gate_files_end(struct mt_gate_files *files, const struct mt_conclusion *conclusion,
                      FILE *out, struct mt_error *error);

#endif
