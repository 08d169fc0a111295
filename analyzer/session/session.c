/* session.c: the steps of a traced run in their order: everything that can be known to go wrong is
 * looked at before the program starts, for a run that saw nothing must not look like a clean one.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "preload_library.h"
#include "program.h"
#include "watch.h"

static int set_folder(void *target, const char *value, struct mt_error *error)
{
    struct mt_session_options *options = target;
    if (!*value)
        return mt_fail(error, MT_USAGE, "not the name of a folder");
    options->folder = value;
    return 0;
}

static int set_keep(void *target, const char *value, struct mt_error *error)
{
    static const char *const words[] = {"leaky", "all", "none", NULL};
    struct mt_session_options *options = target;
    unsigned keep;
    const int status = mt_value_word(value, words, &keep, error);
    if (status == 0)
        options->keep = (enum mt_keep)keep;
    return status;
}

static int set_errors(void *target, const char *value, struct mt_error *error)
{
    static const char *const words[] = {"on", "off", "stop", NULL};
    static const char *const orders[] = {"errors=on", "errors=off", "errors=stop"};
    struct mt_session_options *options = target;
    unsigned word;
    const int status = mt_value_word(value, words, &word, error);
    if (status == 0)
        options->errors = orders[word];
    return status;
}

const struct mt_option mt_session_option_list[] = {
    {"output", 'o', true, set_folder},
    {"keep", 0, true, set_keep},
    {"errors", 0, true, set_errors},
    {NULL, 0, false, NULL},
};

/* What the user's options may not change. */
static void own_orders(const struct mt_session_options *options, const char *notes, char *orders,
                       size_t size)
{
    const char *errors = options->errors ? options->errors : "";
    if (*notes)
        snprintf(orders, size, "%s%sproof=1:starts=\"%s\"", errors, *errors ? ":" : "", notes);
    else
        snprintf(orders, size, "%s", errors);
}

/* What is done while the program runs. */
struct vigil {
    struct mt_watch *watch; /* NULL: there is no memory */
    struct mt_prune *prune; /* NULL: all traces are needed */
};

static void look(void *context)
{
    struct vigil *vigil = context;
    if (vigil->watch)
        mt_watch_look(vigil->watch);
    if (vigil->prune)
        mt_prune_pass(vigil->prune);
}

static void find_last(void *context)
{
    struct vigil *vigil = context;
    if (vigil->watch)
        mt_watch_find(vigil->watch);
}

static int launch_into(const struct mt_inbox *inbox, const char *path, char *const *command,
                       const struct mt_session_options *options, const char *notes,
                       struct mt_session *session, struct mt_error *error)
{
    char **environment = NULL, orders[PATH_MAX + 64];
    own_orders(options, notes, orders, sizeof orders);
    int status = mt_launch_environment(session->library, inbox->path,
                                       options->checks_errors ? "errors=on" : NULL,
                                       *orders ? orders : NULL, &environment, error);
    const bool may_prune = options->looked_for && options->keep != MT_KEEP_ALL;
    struct vigil vigil = {
        .watch = mt_watch_begin(inbox->path),
        .prune = may_prune ? mt_prune_begin(inbox, options->looked_for) : NULL,
    };
    const struct mt_beat beat = {look, find_last, &vigil, MT_WATCH_MS};
    if (status == 0)
        status = mt_launch(path, command, environment, &beat, &session->ended, error);
    mt_watch_end(vigil.watch, &session->ended);
    session->pruned = mt_prune_end(vigil.prune);
    mt_launch_environment_free(environment);
    return status;
}

int mt_session_run(char *const *command, const struct mt_session_options *options,
                   struct mt_session *ret_session, struct mt_error *error)
{
    struct mt_session session = {0};
    struct mt_inbox inbox;
    char path[PATH_MAX], notes[PATH_MAX] = "";
    int status = mt_program_find(command[0], path, error);
    if (status == 0)
        status = mt_program_check(path, error);
    if (status == 0)
        status = mt_preload_library_find(session.library, error);
    if (status == 0)
        status = mt_inbox_open(options->folder ? options->folder : ".", &inbox, error);
    if (status != 0)
        return status;

    if (options->is_gate) {
        mt_inbox_notes(&inbox, notes);
        mt_starts_create(notes);
    }
    status = launch_into(&inbox, path, command, options, notes, &session, error);
    if (status == 0)
        status =
            mt_inbox_take(&inbox, &session.ended, &session.traces, &session.trace_count, error);
    if (options->is_gate)
        mt_starts_take(notes, &session.starts);
    mt_inbox_close(&inbox);
    if (status == 0)
        *ret_session = session;
    return status;
}

static bool is_kept(const struct mt_incoming *trace, enum mt_keep keep)
{
    if (keep == MT_KEEP_ALL)
        return true;
    if (keep == MT_KEEP_NONE || trace->part == MT_PART_REPLACED || trace->is_left_out)
        return false;
    return trace->is_leaky || trace->has_errors || trace->is_doubtful ||
           trace->part == MT_PART_RUNNING;
}

void mt_session_select(struct mt_session *session, const struct mt_report_options *options)
{
    for (size_t i = 0; i < session->trace_count; i++) {
        struct mt_incoming *trace = &session->traces[i];
        if (trace->verdicts)
            trace->is_leaky = trace->verdicts & mt_report_verdicts(options, trace->has_verdicts);
    }
}

void mt_session_close(struct mt_session *session, enum mt_keep keep)
{
    for (size_t i = 0; i < session->trace_count; i++) {
        if (!is_kept(&session->traces[i], keep))
            unlink(session->traces[i].path);
    }
    mt_incoming_free(session->traces, session->trace_count);
    mt_starts_finish(&session->starts);
}

static bool left_trace(const struct mt_session *session, const struct mt_start *start,
                       uint64_t until_ns)
{
    for (size_t i = 0; i < session->trace_count; i++) {
        const struct mt_incoming *trace = &session->traces[i];
        if (trace->pid == start->pid && trace->started_ns >= start->ns &&
            trace->started_ns < until_ns)
            return true;
    }
    return false;
}

const struct mt_start *mt_session_untraced(const struct mt_session *session, size_t *index)
{
    const struct mt_starts *starts = &session->starts;
    for (; *index < starts->count; ++*index) {
        const struct mt_start *start = &starts->items[*index];
        if (!left_trace(session, start, mt_starts_until(starts, *index))) {
            ++*index;
            return start;
        }
    }
    return NULL;
}

void mt_session_explain_untraced(const struct mt_start *start, struct mt_error *ret_reason)
{
    char path[PATH_MAX];
    /* A relative path would be looked up in another folder than it was meant in. */
    const bool is_findable = start->path[0] == '/' || !strchr(start->path, '/');
    if (is_findable && mt_program_find(start->path, path, ret_reason) == 0 &&
        mt_program_check(path, ret_reason) != 0)
        return;
    mt_fail(ret_reason, MT_INCONCLUSIVE,
            "%s: left no trace (was LD_PRELOAD taken out of its environment?)", start->path);
}

int mt_session_check(const struct mt_session *session, const char *program, struct mt_error *error)
{
    bool was_replaced = false;
    for (size_t i = 0; i < session->trace_count; i++) {
        const struct mt_incoming *trace = &session->traces[i];
        if (trace->is_program && trace->part != MT_PART_REPLACED)
            return 0;
        was_replaced |= trace->is_program;
    }
    if (was_replaced)
        return mt_fail(error, MT_INCONCLUSIVE,
                       "%s: became, by exec, a program that left no trace (is that one static, "
                       "privileged or without LD_PRELOAD?)",
                       program);
    return mt_fail(error, MT_INCONCLUSIVE, "%s: left no trace (to see why: LD_PRELOAD=%s %s)",
                   program, session->library, program);
}
