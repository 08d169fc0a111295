/* sarif.c: findings as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"). Of
 * findings.h. */
#include <errno.h>
#include <inttypes.h>
#include <libxml/uri.h>
#include <libxml/xmlmemory.h>
#include <stdlib.h>
#include "findings.h"
#include "json_values.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* A rule for each verdict, by enum mt_verdict. */
static const struct rule {
    const char *id, *level, *text;
} rules[MT_VERDICT_COUNT] = {
    [MT_VERDICT_NONE] = {"memory-not-freed", "note", "Memory was not freed when the process ended"},
    [MT_VERDICT_REACHABLE] = {"memory-still-reachable", "note",
                              "Memory was still reachable when the process ended"},
    [MT_VERDICT_POSSIBLE] = {"memory-possibly-lost", "warning",
                             "Only pointers into the inside of this memory were left"},
    [MT_VERDICT_INDIRECT] = {"memory-indirectly-lost", "error",
                             "Only lost memory pointed to this memory"},
    [MT_VERDICT_DEFINITE] = {"memory-leak", "error", "Nothing points to this memory any more"},
    [MT_VERDICT_SUSPECT] = {"memory-suspected", "warning",
                            "Nothing that was seen points to this memory any more"},
    [MT_VERDICT_IGNORED] = {"memory-ignored", "none", "The program said that this is no leak"},
};

/* One for each kind of misuse of memory: the names are those of the kinds. */
static const struct rule misuse_rules[MT_MISUSE_COUNT] = {
#define X(id, key, title) [MT_MISUSE_##id] = {key, "error", title},
    MT_MISUSES(X)
#undef X
};

static const struct rule *rule_of(const struct mt_finding *finding)
{
    return finding->misuse ? &misuse_rules[finding->misuse] : &rules[finding->verdict];
}

static void add_rule(json_t *list, const struct rule *rule)
{
    json_array_append_new(list,
                          json_pack("{ss s{ss} s{ss}}", "id", rule->id, "shortDescription", "text",
                                    rule->text, "defaultConfiguration", "level", rule->level));
}

static json_t *rules_of(void)
{
    json_t *list = json_array();
    for (int i = 0; i < MT_VERDICT_COUNT; i++)
        add_rule(list, &rules[i]);
    for (int i = MT_MISUSE_NONE + 1; i < MT_MISUSE_COUNT; i++)
        add_rule(list, &misuse_rules[i]);
    return list;
}

/* Absolute paths are file URIs; others are relative to wherever the sources were checked out. */
static json_t *place_of(const char *file)
{
    xmlChar *escaped = xmlURIEscapeStr((const xmlChar *)file, (const xmlChar *)"/");
    const char *uri = escaped ? (const char *)escaped : "";
    char *absolute = NULL;
    json_t *place;
    if (file[0] != '/')
        place = json_pack("{ss ss}", "uri", uri, "uriBaseId", "%SRCROOT%");
    else if (asprintf(&absolute, "file://%s", uri) >= 0)
        place = json_pack("{ss}", "uri", absolute);
    else
        place = json_object();
    free(absolute);
    xmlFree(escaped);
    return place;
}

static json_t *locations_of(const struct mt_finding *finding)
{
    json_t *location = json_object(), *name = json_array();
    json_array_append_new(
        name, json_pack("{so ss}", "name", mt_json_text(finding->name), "kind", "function"));
    if (finding->file && finding->line)
        json_object_set_new(location, "physicalLocation",
                            json_pack("{so s{so}}", "artifactLocation", place_of(finding->file),
                                      "region", "startLine", mt_json_number(finding->line)));
    json_object_set_new(location, "logicalLocations", name);
    return json_pack("[o]", location);
}

static json_t *result_of(const struct mt_checked *process, const struct mt_finding *finding)
{
    const struct rule *rule = rule_of(finding);
    char *text = NULL;
    if (asprintf(&text, "%s in %s by %s\n%s", finding->summary, finding->name, process->program,
                 finding->stack) < 0)
        text = NULL;
    json_t *result =
        json_pack("{ss ss s{so} so s{so} so s{so so so}}", "ruleId", rule->id, "level", rule->level,
                  "message", "text", mt_json_text(text), "locations", locations_of(finding),
                  "partialFingerprints", "memtraceSite/v1",
                  mt_json_hexadecimal("%016" PRIx64, finding->fingerprint), "occurrenceCount",
                  mt_json_number(finding->count.objects ? finding->count.objects : 1), "properties",
                  "bytes", mt_json_number(finding->count.bytes), "trace",
                  mt_json_text(process->trace), "command", mt_json_text(process->command));
    free(text);
    return result;
}

static json_t *results_of(const struct mt_findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++)
        for (size_t j = 0; j < findings->processes[i].count; j++)
            json_array_append_new(
                list, result_of(&findings->processes[i], &findings->processes[i].items[j]));
    return list;
}

/* A run that proves nothing is one that has failed, and says why. */
static json_t *invocation_of(const struct mt_conclusion *conclusion)
{
    const int is_conclusive = conclusion->status != MT_INCONCLUSIVE;
    json_t *invocation = json_pack("{sb so}", "executionSuccessful", is_conclusive, "exitCode",
                                   json_integer(conclusion->status));
    if (!is_conclusive)
        json_object_set_new(invocation, "toolExecutionNotifications",
                            json_pack("[{ss s{so}}]", "level", "error", "message", "text",
                                      mt_json_text(conclusion->line)));
    return json_pack("[o]", invocation);
}

int mt_sarif_print(FILE *out, const struct mt_findings *findings,
                   const struct mt_conclusion *conclusion)
{
    json_t *root = json_pack("{ss ss s[{s{s{ss ss so}} so so}]}", "$schema", SCHEMA, "version",
                             "2.1.0", "runs", "tool", "driver", "name", "memtrace", "version",
                             MEMTRACE_VERSION, "rules", rules_of(), "invocations",
                             invocation_of(conclusion), "results", results_of(findings));
    errno = 0;
    const int status = root ? json_dumpf(root, out, JSON_INDENT(1)) : -1;
    json_decref(root);
    return status;
}

int mt_sarif_write(const char *path, const struct mt_findings *findings,
                   const struct mt_conclusion *conclusion)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return -1;
    const int status = mt_sarif_print(file, findings, conclusion);
    return fclose(file) == 0 ? status : -1;
}
