/* facts.c: what the trace says once, from the FACTS extents to texts, the command line and the
 * table of modules by id. Every text is copied and ended by NUL. */
#include "trace_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FACTS_BYTES_MAX = 1 << 20 }; /* of one extent: a sparse file may claim any length */

/* Appends to a NULL-ended list. Returns 0, or -1 when there is no memory. */
static int append(char ***list, unsigned *count, char *text)
{
    if ((*count & (*count + 1)) == 0) { /* full at 0, 1, 3, 7, … */
        char **more = reallocarray(*list, 2 * (size_t)*count + 2, sizeof **list);
        if (!more)
            return -1;
        *list = more;
    }
    (*list)[(*count)++] = text;
    (*list)[*count] = NULL;
    return 0;
}

static int take_text(struct mt_facts *facts, const struct mt_fact *fact, const char *payload)
{
    char **text = &facts->text[fact->kind];
    if (*text) /* the first stands */
        return 0;
    if (fact->kind != MT_FACT_COMMAND)
        return (*text = strndup(payload, fact->payload_bytes)) ? 0 : -1;
    *text = calloc(1, (size_t)fact->payload_bytes + 1);
    if (!*text)
        return -1;
    memcpy(*text, payload, fact->payload_bytes);
    const char *end = *text + fact->payload_bytes;
    for (char *argument = *text; argument < end; argument += strlen(argument) + 1)
        if (append(&facts->command, &facts->command_count, argument))
            return -1;
    return 0;
}

static int take_limit(struct mt_facts *facts, const struct mt_fact *fact, const char *payload)
{
    char *text = strndup(payload, fact->payload_bytes);
    if (text && append(&facts->limits, &facts->limit_count, text) == 0)
        return 0;
    free(text);
    return -1;
}

/* Why a module cannot be; NULL for a sound one. */
static const char *fault_of(const struct mt_facts *facts, const struct mt_module *module)
{
    if (module->id == 0 || module->id > MT_MODULES_MAX)
        return "a module's id is out of range";
    if (facts->module[module->id])
        return "two modules of one id";
    if (module->start > module->end)
        return "a module ends before it starts";
    if (module->build_id_bytes > sizeof module->build_id)
        return "a build-id is too long";
    return NULL;
}

static int take_module(struct mt_trace *trace, const struct mt_fact *fact, const char *payload,
                       uint64_t offset)
{
    struct mt_facts *facts = &trace->facts;
    struct mt_module module;
    const char *fault = "a module fact is too short";
    if (fact->payload_bytes >= sizeof module) {
        memcpy(&module, payload, sizeof module);
        fault = fault_of(facts, &module);
    }
    if (fault) {
        mt_trace_note(trace, &trace->damage.bad_facts, offset, "%s", fault);
        return 0;
    }
    struct mt_loaded *loaded = calloc(1, sizeof *loaded);
    char *path = strndup(payload + sizeof module, fact->payload_bytes - sizeof module);
    if (!loaded || !path) {
        free(loaded);
        free(path);
        return -1;
    }
    *loaded = (struct mt_loaded){.id = module.id,
                                 .flags = module.flags,
                                 .start = module.start,
                                 .end = module.end,
                                 .bias = module.bias,
                                 .loaded_ms = module.loaded_ms,
                                 .build_id_bytes = module.build_id_bytes,
                                 .path = path};
    memcpy(loaded->build_id, module.build_id, module.build_id_bytes);
    facts->module[module.id] = loaded;
    if (module.id > facts->module_count)
        facts->module_count = module.id;
    return 0;
}

static int take_file(struct mt_trace *trace, const struct mt_fact *fact, const char *payload,
                     uint64_t offset)
{
    struct mt_facts *facts = &trace->facts;
    struct mt_file file = {0};
    if (fact->payload_bytes >= sizeof file)
        memcpy(&file, payload, sizeof file);
    if (file.id == 0 || file.id > MT_FILES_MAX) {
        mt_trace_note(trace, &trace->damage.bad_facts, offset, "a file's id is out of range");
        return 0;
    }
    if (file.id > facts->file_count) {
        char **more = reallocarray(facts->file, file.id, sizeof *more);
        if (!more)
            return -1;
        memset(more + facts->file_count, 0, (file.id - facts->file_count) * sizeof *more);
        facts->file = more;
        facts->file_count = file.id;
    }
    char **name = &facts->file[file.id - 1];
    if (!*name) /* the first stands */
        *name = strndup(payload + sizeof file, fact->payload_bytes - sizeof file);
    return *name ? 0 : -1;
}

static int take(struct mt_trace *trace, const struct mt_fact *fact, const char *payload,
                uint64_t offset)
{
    switch (fact->kind) {
    case MT_FACT_MODULE:
        return take_module(trace, fact, payload, offset);
    case MT_FACT_LIMIT:
        return take_limit(&trace->facts, fact, payload);
    case MT_FACT_FILE:
        return take_file(trace, fact, payload, offset);
    case MT_FACT_EPOCH:
        return mt_epochs_add(&trace->epochs, payload, fact->payload_bytes);
    default: /* kinds that we do not know are skipped */
        return fact->kind < MT_FACT_TEXTS ? take_text(&trace->facts, fact, payload) : 0;
    }
}

int mt_fact_next(const char *facts, size_t bytes, size_t *at, struct mt_fact *ret_fact,
                 const char **ret_payload)
{
    if (bytes - *at < sizeof *ret_fact)
        return 0;
    memcpy(ret_fact, facts + *at, sizeof *ret_fact);
    const size_t left = bytes - *at - sizeof *ret_fact;
    if (ret_fact->kind == 0 || ret_fact->payload_bytes > left)
        return -1;
    const size_t padded = ((size_t)ret_fact->payload_bytes + 7) & ~(size_t)7;
    *ret_payload = facts + *at + sizeof *ret_fact;
    *at += sizeof *ret_fact + (padded < left ? padded : left);
    return 1;
}

/* The facts of one extent: `bytes` of them, which lie at `offset` in the file. */
static int parse(struct mt_trace *trace, const char *facts, size_t bytes, uint64_t offset)
{
    size_t at = 0, begin = 0;
    struct mt_fact fact;
    const char *payload;
    int found;
    for (; (found = mt_fact_next(facts, bytes, &at, &fact, &payload)) > 0; begin = at)
        if (take(trace, &fact, payload, offset + begin))
            return -1;
    if (found < 0)
        mt_trace_note(trace, &trace->damage.bad_facts, offset + at,
                      "a fact of kind %" PRIu32 " and %" PRIu32 " bytes cannot be here", fact.kind,
                      fact.payload_bytes);
    return 0;
}

static int read_extent(struct mt_trace *trace, const struct mt_place *place)
{
    size_t bytes = place->used;
    if (bytes > FACTS_BYTES_MAX) {
        mt_trace_note(trace, &trace->damage.bad_facts, place->offset,
                      "%zu bytes of facts are more than can be true", bytes);
        return 0;
    }
    char *facts = malloc(bytes + 1);
    if (!facts)
        return -1;
    uint64_t offset = place->offset + sizeof(struct mt_extent);
    size_t got = mt_trace_read(trace, offset, facts, bytes);
    int failed = parse(trace, facts, got, offset); /* what the file lacks is counted already */
    free(facts);
    return failed;
}

int mt_facts_read(struct mt_trace *trace, const struct mt_places *places)
{
    trace->facts.module = calloc(MT_MODULES_MAX + 1, sizeof(struct mt_loaded *));
    if (!trace->facts.module)
        return -1;
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_FACTS && read_extent(trace, &places->at[i]))
            return -1;
    return mt_epochs_settle(&trace->epochs);
}

void mt_facts_finish(struct mt_facts *facts)
{
    for (unsigned kind = 0; kind < MT_FACT_TEXTS; kind++)
        free(facts->text[kind]);
    free(facts->command);
    for (unsigned i = 0; i < facts->limit_count; i++)
        free(facts->limits[i]);
    free(facts->limits);
    for (unsigned i = 0; i < facts->file_count; i++)
        free(facts->file[i]);
    free(facts->file);
    for (unsigned id = 1; id <= facts->module_count; id++) {
        if (facts->module[id])
            free((char *)facts->module[id]->path);
        free(facts->module[id]);
    }
    free(facts->module);
}

const char *mt_trace_text(const struct mt_trace *trace, enum mt_fact_kind kind)
{
    return (unsigned)kind < MT_FACT_TEXTS ? trace->facts.text[kind] : NULL;
}

static const char *const *list_or_empty(char **list)
{
    static const char *const empty[] = {NULL};
    return list ? (const char *const *)list : empty;
}

const char *const *mt_trace_command(const struct mt_trace *trace, unsigned *ret_count)
{
    *ret_count = trace->facts.command_count;
    return list_or_empty(trace->facts.command);
}

const char *const *mt_trace_limits(const struct mt_trace *trace)
{
    return list_or_empty(trace->facts.limits);
}

const struct mt_loaded *mt_trace_module(const struct mt_trace *trace, uint32_t id)
{
    return id <= MT_MODULES_MAX ? trace->facts.module[id] : NULL;
}

unsigned mt_trace_module_count(const struct mt_trace *trace)
{
    return trace->facts.module_count;
}
