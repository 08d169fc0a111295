/* findings.h: what a gate found, kept until all processes have been looked at: what the formats for
 * other tools are written from. */
#ifndef MT_FINDINGS_H
#define MT_FINDINGS_H

#include <stdint.h>
#include <stdio.h>
#include "report.h"

/* A site that counts, or a misuse of memory. Texts are valid UTF-8 without control characters but newlines. */
struct mt_finding {
    uint64_t fingerprint;
    uint32_t misuse;         /* enum mt_misuse_kind; 0: a site */
    enum mt_verdict verdict; /* of a site */
    struct mt_count count;   /* of a misuse: how often it came, and the bytes of its block */
    char *name;    /* of the frame that names the site: "Cache::insert" */
    char *file;    /* as seen from here (source_path.h); NULL: not known */
    uint32_t line; /* 0: not known */
    char *summary; /* "1,024 bytes in 16 blocks definitely lost (in Cache.Evicts)" */
    char *stack;   /* a frame a line */
    char *scope;   /* which test, or what else the program named; NULL: none */
};

struct mt_checked {
    char *program; /* base name of the executable */
    char *command;
    char *trace; /* path */
    uint32_t pid;
    uint64_t duration_ms;
    struct mt_finding *items;
    size_t count;
};

/* Zeroed: nothing. */
struct mt_findings {
    struct mt_checked *processes;
    size_t count;
};

/* What the gate said in the end. */
struct mt_conclusion {
    int status;       /* 0, the one for leaks, or MT_INCONCLUSIVE */
    const char *line; /* as printed */
};

/* What a finding is called among its like: "definite", "double-free". */
const char *mt_finding_kind(const struct mt_finding *finding);

/* Adds a process with what counts of its report: its misuses of memory (`with_errors`), and sites.
 * Returns 0, or MT_UNREADABLE where memory
 * runs out. */
int mt_findings_add(struct mt_findings *findings, const struct mt_report *report,
                    bool with_errors, struct mt_error *error);
void mt_findings_finish(struct mt_findings *findings);

/* Sites that have been met, in the same scope: a process that is run again leaks the same. NULL: none.
 */
struct mt_seen_site;
bool mt_seen_add(struct mt_seen_site **seen, const struct mt_finding *finding); /* whether it is new */
void mt_seen_finish(struct mt_seen_site **seen);

/* The formats. Each returns 0, or -1 with errno where `path` or `out` could not be written. */

/* JUnit's XML: of one program a case for each site, of several a case for each program, told by its
 * command line; one that passes where nothing was found, an error where nothing is proven. */
int mt_junit_write(const char *path, const struct mt_findings *findings,
                   const struct mt_conclusion *conclusion);
int mt_junit_print(FILE *out, const struct mt_findings *findings,
                   const struct mt_conclusion *conclusion);

/* SARIF 2.1.0, with the fingerprint by which a code-scanning service knows a site again. */
int mt_sarif_write(const char *path, const struct mt_findings *findings,
                   const struct mt_conclusion *conclusion);
int mt_sarif_print(FILE *out, const struct mt_findings *findings,
                   const struct mt_conclusion *conclusion);

/* Workflow commands of GitHub Actions, a line for each site, which become annotations. */
void mt_github_print(const struct mt_findings *findings, const struct mt_conclusion *conclusion,
                     FILE *out);

#endif
