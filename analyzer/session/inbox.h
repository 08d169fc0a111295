/* inbox.h: the fresh folder that one run's traces come into, inside the folder they end up in. */
#ifndef MT_INBOX_H
#define MT_INBOX_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error.h"
#include "launch.h"
#include "memtrace/trace_format.h"

struct mt_inbox {
    char folder[PATH_MAX]; /* where traces end up, as the user wrote it; "." for none */
    char path[PATH_MAX];   /* the fresh folder in it; absolute */
};

/* What became of a trace's process, and what that makes of the trace. */
enum mt_part {
    MT_PART_JUDGED,   /* its image ended: what it left unfreed is final */
    MT_PART_REPLACED, /* by exec: its memory was given back as a whole, nothing of it leaks */
    MT_PART_RUNNING,  /* it runs on, though the program has ended */
};

/* A trace that came in. */
struct mt_incoming {
    char *path;          /* as the user would write it */
    uint64_t started_ns; /* CLOCK_REALTIME */
    uint32_t pid;        /* 0: it has no sound header */
    enum mt_part part;
    bool is_program;   /* of the process that was launched; else of a descendant */
    unsigned verdicts; /* of what was not freed, bits 1 << enum mt_verdict */
    bool has_verdicts; /* else what was not freed is unclassified */
    bool is_leaky;   /* has some of those that are looked for (mt_session_select; at first: any), or
                        cannot be read: then whoever reports it will say why */
    bool has_errors; /* misuses of memory */
    bool is_doubtful; /* see doubt.h */
    bool is_left_out; /* of a gate: it is not judged */
};

/* Where the processes of the run note what they start (starts.h): in the fresh folder. */
void mt_inbox_notes(const struct mt_inbox *inbox, char ret_path[PATH_MAX]);

/* Makes the fresh folder, and `folder` too when it is missing. Returns 0, or MT_INCONCLUSIVE. */
int mt_inbox_open(const char *folder, struct mt_inbox *ret_inbox, struct mt_error *error);

/* Returns false where the file is not, or not yet, a trace of this version. */
bool mt_inbox_read_header(int fd, struct mt_header *ret_header);

/* Fills in what the trace at `path` says: verdicts, errors, doubt. */
void mt_incoming_look(struct mt_incoming *incoming);

/* Takes the traces out, once the program has ended: gives its descendants a second to end as well,
 * cuts what is not used off the files of ended processes, writes into the program's own trace how
 * it ended, and moves all of them to the inbox's folder under names that were free. Returns 0 and
 * the traces (mt_incoming_free), the program's first, then by time; or MT_INCONCLUSIVE. */
int mt_inbox_take(const struct mt_inbox *inbox, const struct mt_ended *ended,
                  struct mt_incoming **ret_traces, size_t *ret_count, struct mt_error *error);
void mt_incoming_free(struct mt_incoming *traces, size_t count); /* NULL is fine */

/* Removes the fresh folder, unless a process that still runs has put another trace there. */
void mt_inbox_close(const struct mt_inbox *inbox);

#endif
