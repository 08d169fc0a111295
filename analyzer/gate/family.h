/* family.h: the processes that a gate has looked at, as a tree for its log: what each was, and what
 * became of its judgement. */
#ifndef MT_FAMILY_H
#define MT_FAMILY_H

#include <stdio.h>
#include "sites.h"
#include "trace.h"

enum mt_standing {
    MT_STANDING_JUDGED,
    MT_STANDING_LEFT_OUT, /* by --only, --except, or as a shell or build tool */
    MT_STANDING_REPLACED, /* by exec: another image of the process comes after it */
    MT_STANDING_DOUBTED,  /* judged, but it proves nothing */
};

/* An image of a process: the process has one more for each exec. */
struct mt_member {
    uint32_t pid, ppid;
    uint64_t started_ns; /* CLOCK_REALTIME */
    char *name;          /* base name of its executable; owned */
    enum mt_standing standing;
    struct mt_count leaked; /* where judged */
};

/* Zeroed: nobody. */
struct mt_family {
    struct mt_member *members;
    size_t count;
};

/* Adds the image of a trace. Returns 0, or MT_UNREADABLE where memory runs out. */
int mt_family_add(struct mt_family *family, const struct mt_trace *trace, enum mt_standing standing,
                  struct mt_count leaked, struct mt_error *error);
void mt_family_finish(struct mt_family *family);

/* Prints a family of more than one process: a line for each, children under their parents; those
 * that are alike and have no children of their own as one. */
void mt_family_print(struct mt_family *family, FILE *out);

/* Prints which programs were left out, each once. */
void mt_family_print_left_out(const struct mt_family *family, FILE *out);

#endif
