/* session.h: one run of a program under the tracer, from looking at it to its traces. */
#ifndef MT_SESSION_H
#define MT_SESSION_H

#include "inbox.h"
#include "launch.h"
#include "options.h"
#include "prune.h"
#include "report_options.h"
#include "starts.h"

enum mt_keep { MT_KEEP_LEAKY, MT_KEEP_ALL, MT_KEEP_NONE };

/* What run and check have in common. All zero is the default. */
struct mt_session_options {
    const char *folder; /* -o; NULL: the working directory */
    enum mt_keep keep;
    bool checks_errors; /* unless the user's MEMTRACE_OPTIONS say otherwise */
    const char *errors; /* "errors=stop", whatever they say; NULL: not given */
    bool is_gate;       /* the traces have to prove that the tracer was at work */
    const struct mt_report_options
        *looked_for; /* traces that have nothing of it, and are not kept, may
                        go before the program ends; NULL: all are needed */
};

/* The table for mt_options_parse; its target is a struct mt_session_options. */
extern const struct mt_option mt_session_option_list[];

#define MT_SESSION_OPTIONS_HELP                                                                    \
    "  -o, --output=DIR     put traces into DIR (default: the working directory)\n"                \
    "  --keep=WHICH         traces that stay: leaky (default), all or none\n"                      \
    "  --errors=WHAT        misuse of memory: on records it, stop ends the program\n"              \
    "                       before it, off (default: on for check, off for run)\n"

struct mt_session {
    char library[PATH_MAX];     /* that was preloaded */
    struct mt_ended ended;      /* how the program ended */
    struct mt_incoming *traces; /* of it and its descendants, the program's own first */
    size_t trace_count;
    struct mt_pruned pruned; /* those that have gone already */
    struct mt_starts starts; /* of a gate: what was started by its processes */
};

/* Runs command[0] with its arguments, traced, to its end. Returns 0 and the session
 * (mt_session_close). Where the program cannot be traced it is not started: MT_INCONCLUSIVE; where
 * it cannot be started at all, MT_NOT_EXECUTABLE or MT_NOT_FOUND. */
int mt_session_run(char *const *command, const struct mt_session_options *options,
                   struct mt_session *ret_session, struct mt_error *error);

/* Says which traces are leaky: those that have what a report with `options` looks for. */
void mt_session_select(struct mt_session *session, const struct mt_report_options *options);

/* Removes the traces that are not to be kept: where `keep` is leaky those of ended processes that
 * are not leaky and raise no doubt. Then frees the session. */
void mt_session_close(struct mt_session *session, enum mt_keep keep);

/* The next program from *index on that a process of the run became or started and that left no
 * trace; NULL: no more. Of a gate. */
const struct mt_start *mt_session_untraced(const struct mt_session *session, size_t *index);

/* Why such a program may have left none, in a line for people. */
void mt_session_explain_untraced(const struct mt_start *start, struct mt_error *ret_reason);

/* Whether the program, in the end, was traced. Returns 0, or MT_INCONCLUSIVE and why not. */
int mt_session_check(const struct mt_session *session, const char *program, struct mt_error *error);

#endif
