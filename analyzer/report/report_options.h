/* report_options.h: what a report shows and how; the options that report, run, check and snapshot
 * have in common. */
#ifndef MT_REPORT_OPTIONS_H
#define MT_REPORT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include "options.h"
#include "sites.h"
#include "suppressions.h"
#include "symbols.h"

extern const char *const mt_group_names[]; /* by enum mt_group_by, ended by NULL */
extern const char *const mt_color_names[]; /* by enum mt_color, the same */

enum mt_group_by {
    MT_GROUP_STACK,
    MT_GROUP_FUNCTION,
    MT_GROUP_FILE,
    MT_GROUP_MODULE,
    MT_GROUP_SCOPE,
};
enum mt_sort { MT_SORT_BYTES, MT_SORT_BLOCKS, MT_SORT_RESIDENT };
enum mt_color { MT_COLOR_AUTO, MT_COLOR_ALWAYS, MT_COLOR_NEVER };

struct mt_tally;

struct mt_report_options {
    unsigned format; /* index into mt_report_formats */
    enum mt_group_by group_by;
    enum mt_sort sort;
    unsigned verdicts;   /* bits 1 << enum mt_verdict; 0: the leaks */
    unsigned unscanned;  /* the same for a trace without verdicts, where all that is unfreed is
                            unclassified; 0: all */
    unsigned kinds;      /* bits 1 << enum mt_kind; 0: all */
    unsigned storages;   /* bits 1 << enum mt_storage; 0: all */
    uint64_t min_bytes;  /* of a site */
    uint64_t min_age_ms; /* of an object, when the trace ended or was read */
    uint64_t top;        /* sites shown; 0: all */
    const char *sysroot; /* where modules are looked for first; NULL: nowhere else. Not owned */
    uint64_t debuginfod_ms; /* as in struct mt_search */
    enum mt_color color;
    bool verbose; /* names of functions in full */
    bool system;  /* what went on around the process, in place of the sites */
    struct mt_suppressions *suppressions; /* of --suppressions; NULL: none. Not owned */
    struct mt_suppressions *builtin; /* built-in ones that several reports count in; NULL: each its
                                        own. Not owned */
    bool no_builtin_suppressions;
    const struct mt_tally *baseline; /* sites that are known already; NULL: none. Not owned */

    /* Questions that report and snapshot answer. */
    const char *core;    /* file from which verdicts are found; NULL: none. Not owned */
    const char *explain; /* an address or a fingerprint; NULL: no question. Not owned */
    bool growing;        /* only what rises steadily, whatever its verdict */
    bool since;          /* only what is new since the snapshot before the newest */
    enum mt_site_view view;
};

/* Where symbols are looked for. */
struct mt_search mt_report_search(const struct mt_report_options *options);

/* The verdicts that are wanted of a trace that has some, or has none. */
unsigned mt_report_verdicts(const struct mt_report_options *options, bool has_verdicts);

/* All zero is the default of every option. */

/* The table for mt_options_parse; its target is a struct mt_report_options. */
extern const struct mt_option mt_report_option_list[];

/* report alone: --core. The target is the same. */
extern const struct mt_option mt_core_option_list[];

/* Those for the questions; the target is the same. */
extern const struct mt_option mt_question_option_list[];

/* Those of them that say where symbols are; for commands that take no others. */
extern const struct mt_option mt_search_option_list[];

#define MT_SEARCH_OPTIONS_HELP                                                                     \
    "  --sysroot=DIR        look for programs, libraries and symbols in DIR first\n"               \
    "  --debuginfod         fetch missing symbols from the servers of DEBUGINFOD_URLS\n"           \
    "  --debuginfod-timeout=SECONDS\n"                                                             \
    "                       wait so long for a file of theirs (default: 60)\n"

/* These options for a --help screen: one line or two each, at most 80 columns. */
#define MT_REPORT_OPTIONS_HELP                                                                     \
    "Report options:\n"                                                                            \
    "  --format=FORMAT      text (default), json or html, a page of one file\n"                                              \
    "  --group-by=WHAT      stack (default), function, file, module or scope\n"                    \
    "  --sort=WHAT          bytes (default), blocks or resident\n"                                 \
    "  --top=N              the first N sites only\n"                                              \
    "  --min-bytes=SIZE     sites of at least SIZE bytes; K, M, G are powers of 1024\n"            \
    "  --min-age=SECONDS    objects at least this old when the trace ended\n"                      \
    "  --verdict=LIST       definite, indirect, possible, reachable, unclassified,\n"              \
    "                       ignored or all (default: definite and indirect, the\n"                 \
    "                       leaks; all where no scan ran)\n"                                       \
    "  --kind=LIST          block, mapping\n"                                                      \
    "  --storage=LIST       brk, arena, mmap, unknown\n"                                           \
    "  --suppressions=FILE  leave out what FILE names, in the format of\n"                         \
    "                       LeakSanitizer or of Valgrind; repeatable\n"                            \
    "  --no-builtin-suppressions\n"                                                                \
    "                       leave in what libraries keep by design\n"                              \
    "  --system             no sites: the figures of free, top and vmstat, explained\n"            \
    MT_SEARCH_OPTIONS_HELP                                                                         \
    "  --color=WHEN         auto (default), always or never; NO_COLOR is honoured\n"               \
    "  -v, --verbose        functions in full, with parameters and template arguments\n"

#define MT_QUESTION_OPTIONS_HELP                                                                   \
    "Questions:\n"                                                                                 \
    "  --explain=WHAT       why an object is kept, or how it was lost: its address\n"              \
    "                       (0x...), or the fingerprint of a site\n"                               \
    "  --growing            sites that rise steadily, leaked or not, with their slope\n"           \
    "  --since              only what was lost after the snapshot before the newest\n"             \
    "  --at=peak            blocks that lived when most bytes did, freed since or not\n"           \
    "  --temporary          blocks that were freed before anything else was allocated\n"

#endif
