/* epochs.c: where the program said it was (memtrace.h): from MT_FACT_EPOCH facts to the name of the
 * scope that a stack was taken in. Scopes lie in each other: "suite > parse"; a phase, which lasts
 * until the next, comes before them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "printable.h"
#include "trace_parts.h"

enum {
    OPEN_MAX = 64, /* scopes that lie in each other; deeper ones go without a name */
    PATH_SIZE = 1024,
};

int mt_epochs_add(struct mt_epochs *epochs, const char *payload, size_t bytes)
{
    struct mt_epoch head;
    if (bytes < sizeof head)
        return 0;
    memcpy(&head, payload, sizeof head);
    if ((epochs->count & (epochs->count - 1)) == 0) {
        const size_t room = epochs->count ? 2 * epochs->count : 1;
        struct mt_said_epoch *at = reallocarray(epochs->at, room, sizeof *at);
        if (!at)
            return -1;
        epochs->at = at;
    }
    char *name = strndup(payload + sizeof head, bytes - sizeof head);
    if (!name)
        return -1;
    epochs->at[epochs->count++] =
        (struct mt_said_epoch){head.number, head.kind, head.scope, head.ms, name, NULL};
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct mt_said_epoch *a = left, *b = right;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* What is open at some epoch. */
struct scopes {
    const char *phase; /* NULL: none was named */
    const struct mt_said_epoch *open[OPEN_MAX];
    size_t count;
};

static void end_scope(struct scopes *scopes, uint32_t number)
{
    size_t kept = 0;
    for (size_t i = 0; i < scopes->count; i++)
        if (scopes->open[i]->number != number)
            scopes->open[kept++] = scopes->open[i];
    scopes->count = kept;
}

static void go_on(struct scopes *scopes, const struct mt_said_epoch *epoch)
{
    if (epoch->kind == MT_EPOCH_PHASE)
        scopes->phase = epoch->name;
    else if (epoch->kind == MT_EPOCH_BEGIN && scopes->count < OPEN_MAX)
        scopes->open[scopes->count++] = epoch;
    else if (epoch->kind == MT_EPOCH_END)
        end_scope(scopes, epoch->scope);
}

static void append(char path[PATH_SIZE], const char *name)
{
    const size_t length = strlen(path);
    if (*name)
        snprintf(path + length, PATH_SIZE - length, "%s%s", length ? " > " : "", name);
}

/* "" where nothing has a name. */
static char *path_of(const struct scopes *scopes)
{
    char path[PATH_SIZE] = "";
    if (scopes->phase)
        append(path, scopes->phase);
    for (size_t i = 0; i < scopes->count; i++)
        append(path, scopes->open[i]->name);
    mt_make_printable(path);
    return strdup(path);
}

int mt_epochs_settle(struct mt_epochs *epochs)
{
    struct scopes scopes = {0};
    if (epochs->count)
        qsort(epochs->at, epochs->count, sizeof *epochs->at, compare);
    for (size_t i = 0; i < epochs->count; i++) {
        go_on(&scopes, &epochs->at[i]);
        if (!(epochs->at[i].path = path_of(&scopes)))
            return -1;
    }
    return 0;
}

void mt_epochs_finish(struct mt_epochs *epochs)
{
    for (size_t i = 0; i < epochs->count; i++) {
        free(epochs->at[i].name);
        free(epochs->at[i].path);
    }
    free(epochs->at);
}

const struct mt_said_epoch *mt_trace_epochs(const struct mt_trace *trace, size_t *ret_count)
{
    *ret_count = trace->epochs.count;
    return trace->epochs.at;
}

const char *mt_trace_scope(const struct mt_trace *trace, uint32_t stack)
{
    const struct mt_epochs *epochs = &trace->epochs;
    const struct mt_node *node = mt_trace_node(trace, stack);
    while (node && node->parent)
        node = mt_trace_node(trace, node->parent);
    if (!node || !(node->flags & MT_NODE_EPOCH) || !epochs->count)
        return NULL;
    const struct mt_said_epoch key = {.number = (uint32_t)node->pc};
    const struct mt_said_epoch *epoch =
        bsearch(&key, epochs->at, epochs->count, sizeof key, compare);
    return epoch && *epoch->path ? epoch->path : NULL;
}
