/* choice.h: which processes of a run are judged: a test suite starts shells, make and compilers
 * whose leaks are nobody's concern. */
#ifndef MT_CHOICE_H
#define MT_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include "error.h"

enum { MT_CHOICE_GLOBS_MAX = 64 };

struct mt_globs {
    const char *items[MT_CHOICE_GLOBS_MAX];
    size_t count;
};

/* All zero: all but the shells and build tools that are known here. */
struct mt_choice {
    struct mt_globs only;   /* --only: these and no others, known or not */
    struct mt_globs except; /* --except: not these */
    bool has_all_tools;     /* there is nothing else to judge: shells and build tools count too */
};

/* Adds a pattern of the shell (glob(7)): held against the base name of an executable, or, where it
 * has a slash, against its whole path. Returns 0, or MT_USAGE and why not. */
int mt_globs_add(struct mt_globs *globs, const char *pattern, struct mt_error *error);

/* Whether processes of this executable are judged; NULL (not known): they are. */
bool mt_choice_has(const struct mt_choice *choice, const char *executable);

/* Whether only the list of shells and build tools speaks against it. */
bool mt_choice_is_tool(const struct mt_choice *choice, const char *executable);

#endif
