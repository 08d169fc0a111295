/* gate.h: the verdict on one or several reports: is there more unfreed than is allowed, and do the
 * traces prove it? */
#ifndef MT_GATE_H
#define MT_GATE_H

#include <stdbool.h>
#include "choice.h"
#include "options.h"
#include "report.h"

/* How wide "leak" is. Each holds those before it. */
enum mt_gate_leaks {
    MT_GATE_DEFINITE, /* and indirect */
    MT_GATE_POSSIBLE,
    MT_GATE_REACHABLE,
    MT_GATE_UNFREED, /* all that was not freed: needs no scan */
};

/* All zero is the default, but for leak_status. */
struct mt_gate_options {
    bool has_max_bytes, has_max_blocks; /* without any, nothing is allowed; a limit that was not
                                           given beside one that was does not count */
    uint64_t max_bytes, max_blocks;     /* in all processes together */
    enum mt_gate_leaks leaks;
    bool no_errors;     /* misuses of memory are none of the gate's business */
    struct mt_choice choice; /* which processes count */
    bool allow_no_scan; /* a process without verdicts counts nothing, and is no doubt */
    int leak_status;  /* exit status for leaks: MT_LEAKS */
    const char *json;              /* file for the report as JSON; NULL: none */
    const char *junit;             /* the same as JUnit's XML */
    const char *sarif;             /* the same as SARIF */
    bool github;                   /* annotations for GitHub Actions on the log */
    const char *baseline;          /* file: what it names does not count; NULL: none */
    const char *write_baseline;    /* file for what is there now; NULL: none */
    const char *write_suppressions; /* file for suppressions of what counts; NULL: none */
};

/* The table for mt_options_parse; its target is a struct mt_gate_options. */
extern const struct mt_option mt_gate_option_list[];

#define MT_GATE_OPTIONS_HELP                                                                       \
    "  --leaks=WHAT         what counts: definite (default), possible, reachable or\n"             \
    "                       unfreed, each with those before it; all but unfreed\n"                 \
    "                       need the reachability scan at the end of a process\n"                  \
    "  --allow-no-scan      of a process that no scan has looked at count nothing\n"               \
    "  --max-bytes=SIZE     allow so many bytes; K, M, G are powers of 1024\n"                     \
    "  --max-blocks=N       allow so many objects (default: nothing is allowed)\n"                 \
    "  --no-errors          leave misuse of memory out (double frees and the like)\n"               \
    "  --only=GLOB          judge only the processes of these executables; repeatable\n"            \
    "  --except=GLOB        leave these out too, as are shells and build tools\n"                   \
    "  --exit-code=N        exit status for leaks (default: 23)\n"                                 \
    "  --json=FILE          write the report as JSON into FILE\n"                                  \
    "  --junit=FILE         write JUnit XML into FILE\n"                                            \
    "  --sarif=FILE         write SARIF 2.1.0 into FILE\n"                                          \
    "  --github             print annotations for GitHub Actions\n"                                 \
    "  --baseline=FILE      sites that FILE names do not count\n"                                  \
    "  --write-baseline=FILE\n"                                                                    \
    "                       write what is there now into FILE\n"                                   \
    "  --write-suppressions=FILE\n"                                                                \
    "                       write a suppression for each site that counts\n"

struct mt_gate {
    const struct mt_gate_options *options;
    struct mt_count leaked; /* what counts, of all processes */
    uint64_t errors;        /* misuses of memory, how many different ones */
    uint64_t mappings;      /* of its objects */
    bool is_estimate;       /* of a sampled trace, at least in part */
    uint64_t allocations;   /* that were seen: the tracer was at work */
    size_t process_count;
    size_t left_out_count;  /* processes that are not judged */
    size_t doubt_count;
    size_t unscanned_count; /* of these; only with --allow-no-scan */
    char doubt[1024]; /* the first reason why nothing is proven; "" for none */
};

/* Sets the verdicts that a report has to select for the gate. */
void mt_gate_select(const struct mt_gate_options *options, struct mt_report_options *report);

/* Counts what a report selects, and notes the doubts it raises. Returns whether it raised none. */
bool mt_gate_add(struct mt_gate *gate, const struct mt_report *report);

/* Notes a doubt from elsewhere. The first one stays. */
void mt_gate_doubt(struct mt_gate *gate, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

enum { MT_GATE_LINE_BYTES = 1536, MT_GATE_AMOUNT_BYTES = 128 };

/* "1,184 bytes in 21 blocks": what was counted. Written to `text`, which is returned. */
const char *mt_gate_counted(const struct mt_gate *gate, char text[MT_GATE_AMOUNT_BYTES]);

/* "2 errors in the use of memory, ", or nothing. Written to `text`, which is returned. */
const char *mt_gate_errors(const struct mt_gate *gate, char text[MT_GATE_AMOUNT_BYTES]);

/* The verdict: 0, the status for leaks, or MT_INCONCLUSIVE; `line` is what to say of it. */
int mt_gate_judge(const struct mt_gate *gate, char line[MT_GATE_LINE_BYTES]);

#endif
