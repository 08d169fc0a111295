/* suppressions.h: stacks that nobody wants to hear of, in the two formats that users already have:
 * LeakSanitizer's `leak:PATTERN` lines and Valgrind's `{ name Memcheck:Leak fun:… obj:… }` blocks.
 * Both may stand in one file. */
#ifndef MT_SUPPRESSIONS_H
#define MT_SUPPRESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "error.h"
#include "memtrace/trace_snapshot.h"

/* What patterns are held against. Any of the texts may be NULL: not known. */
struct mt_matched_frame {
    const char *symbol;   /* the linker's name, "_ZN5Cache6insertEv" */
    const char *function; /* the programmer's, with parameters */
    const char *brief;    /* and without */
    const char *file;
    const char *module; /* path */
};

enum {
    MT_SUPPRESSION_FRAMES_MAX = 24,   /* Valgrind's limit */
    MT_SUPPRESSION_FUNCTIONS_MAX = 6, /* who hides the sites of so many is called broad */
};

enum mt_pattern_kind { MT_PATTERN_FUNCTION, MT_PATTERN_OBJECT, MT_PATTERN_SOURCE, MT_PATTERN_ANY };

/* A line of a Valgrind block; ANY is `...`, any number of frames. */
struct mt_frame_pattern {
    enum mt_pattern_kind kind;
    char *glob;    /* with * and ? */
    unsigned line; /* SOURCE: 0 any */
};

struct mt_suppression {
    char *name;       /* Valgrind's, or LeakSanitizer's pattern */
    const char *file; /* where it stands; owned by the list */
    unsigned line;
    unsigned verdicts; /* bits 1 << enum mt_verdict that it may hide */
    char *pattern;     /* LeakSanitizer's, held against every frame; NULL: a Valgrind block */
    struct mt_frame_pattern frames[MT_SUPPRESSION_FRAMES_MAX]; /* innermost first */
    unsigned frame_count;
    uint64_t sites, objects, bytes; /* that it has hidden; counted by the caller */
    char *functions[MT_SUPPRESSION_FUNCTIONS_MAX]; /* that name these sites, as long as there is room */
    unsigned function_count;
};

struct mt_suppressions {
    struct mt_suppression *items;
    size_t count, room;
    char **files; /* names of what was read */
    size_t file_count;
};

/* Adds what stands in the file. Returns 0, or MT_USAGE with the file, the line and what was
 * expected there; then nothing is added. */
int mt_suppressions_read(struct mt_suppressions *list, const char *path, struct mt_error *error);

/* The same for a text; `origin` stands for the name of its file. */
int mt_suppressions_parse(struct mt_suppressions *list, const char *origin, const char *text,
                          struct mt_error *error);
void mt_suppressions_finish(struct mt_suppressions *list); /* zeroed is fine */

/* Says what each has hidden, which seem to be too broad, and which have hidden nothing; of a list that
 * is not the user's (`is_users`) only what was hidden. Nothing for an empty list. */
void mt_suppressions_print(const struct mt_suppressions *list, bool is_users, FILE *out);

/* Notes that it hides a site that is named by this function. */
void mt_suppression_add_function(struct mt_suppression *suppression, const char *function);

/* Writes a suppression for the stack in Valgrind's format, which reads back as one that hides it and no
 * other site: as many of the innermost frames as its fingerprint is made of, down to main. `comment` is one line
 * above it. */
void mt_suppression_write(const char *name, const char *comment, enum mt_verdict verdict,
                          const struct mt_matched_frame *frames, size_t count, FILE *out);

/* The first one that hides an object of this verdict and stack, innermost frame first. `frames` is
 * what Valgrind would show: frames[0] is the allocation function itself, and a Valgrind block may
 * begin with it or with its caller. NULL: none does. */
struct mt_suppression *mt_suppressions_find(const struct mt_suppressions *list,
                                            enum mt_verdict verdict,
                                            const struct mt_matched_frame *frames, size_t count);

#endif
