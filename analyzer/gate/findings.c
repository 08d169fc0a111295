/* findings.c: from the rows of a report to findings that outlive it. See findings.h. */
#include "findings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "drain.h"
#include "frames.h"
#include "hash.h"
#include "paper.h"
#include "printable.h"
#include "site_name.h"
#include "source_path.h"
#include "stack_text.h"
#include "verdict_text.h"

/* ---- a finding ---- */

static char *summary_of(const struct mt_row *row)
{
    const struct mt_site *site = &row->site;
    char bytes[64], objects[MT_NUMBER_SIZE], noun[MT_SITE_NOUN_SIZE], *text;
    return asprintf(&text, "%s in %s %s %s%s%s%s", mt_count_text(site->bytes, "byte", bytes),
                    mt_number_text(site->objects, objects), mt_site_noun(site, noun),
                    mt_verdict_phrase(site->verdict), row->scope ? " (in " : "",
                    row->scope ? row->scope : "", row->scope ? ")" : "") < 0
               ? NULL
               : text;
}

/* Those of a misuse, or where it is NULL the stack of that id. */
static char *stacks_of(const struct mt_report *report, const struct mt_misuse *misuse,
                       uint32_t stack)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    const struct mt_paper paper = mt_paper_on(out, MT_COLOR_NEVER);
    if (misuse)
        mt_misuse_print_stacks(&paper, report->trace, report->symbols, misuse);
    else
        mt_stack_print(&paper, report->trace, report->symbols, stack);
    fclose(out);
    return text;
}

/* `frame` may be NULL. */
static void name_by_frame(const struct mt_frame_walk *walk, const struct mt_frame *frame,
                          struct mt_finding *finding)
{
    if (!frame) {
        finding->name = strdup("?");
        return;
    }
    finding->name = mt_frame_label(walk->location, frame);
    finding->file = mt_source_path(frame);
    finding->line = frame->line;
    if (finding->file)
        mt_make_printable(finding->file);
}

static void name_it(const struct mt_report *report, const struct mt_row *row,
                    struct mt_finding *finding)
{
    struct mt_frame_walk walk = {0};
    if (row->group)
        finding->name = strdup(row->group);
    else
        name_by_frame(&walk, mt_site_frame(report->trace, report->symbols, row->site.stack, &walk),
                      finding);
}

static void free_finding(struct mt_finding *finding)
{
    free(finding->name);
    free(finding->file);
    free(finding->summary);
    free(finding->stack);
    free(finding->scope);
}

/* Returns 0, or -1 where memory has run out; then nothing is owned. */
static int settle(struct mt_finding *finding)
{
    if (finding->summary && finding->stack && finding->name) {
        mt_make_printable(finding->name);
        return 0;
    }
    free_finding(finding);
    return -1;
}

/* Both return as settle does. */
static int make_finding(const struct mt_report *report, const struct mt_row *row,
                        struct mt_finding *finding)
{
    *finding = (struct mt_finding){
        .fingerprint = row->fingerprint,
        .verdict = row->site.verdict,
        .count = {row->site.objects, row->site.bytes},
        .summary = summary_of(row),
        .stack = row->group ? strdup("") : stacks_of(report, NULL, row->site.stack),
        .scope = row->scope ? strdup(row->scope) : NULL,
    };
    name_it(report, row, finding);
    return settle(finding);
}

static int make_error(const struct mt_report *report, const struct mt_told_misuse *told,
                      struct mt_finding *finding)
{
    struct mt_frame_walk walk = {0};
    *finding = (struct mt_finding){
        .fingerprint = told->fingerprint,
        .misuse = told->misuse->kind,
        .count = {told->misuse->count, told->misuse->block_bytes},
        .summary = strdup(told->summary),
        .stack = stacks_of(report, told->misuse, 0),
    };
    name_by_frame(&walk, mt_misuse_frame(report->trace, report->symbols, told->misuse, &walk),
                  finding);
    return settle(finding);
}

const char *mt_finding_kind(const struct mt_finding *finding)
{
    return finding->misuse ? mt_misuse_key_name(finding->misuse)
                           : mt_verdict_name(finding->verdict);
}

/* ---- a process ---- */

static char *command_of(const struct mt_trace *trace)
{
    unsigned count = 0;
    const char *const *words = mt_trace_command(trace, &count);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    for (unsigned i = 0; words && i < count; i++)
        fprintf(out, "%s%s", i ? " " : "", words[i]);
    fclose(out);
    if (text)
        mt_make_printable(text);
    return text;
}

static char *printable_copy(const char *text)
{
    char *copy = strdup(text);
    if (copy)
        mt_make_printable(copy);
    return copy;
}

static void free_process(struct mt_checked *process)
{
    for (size_t i = 0; i < process->count; i++)
        free_finding(&process->items[i]);
    free(process->items);
    free(process->program);
    free(process->command);
    free(process->trace);
}

static int fill_process(struct mt_checked *process, const struct mt_report *report,
                        bool with_errors)
{
    const size_t errors = with_errors ? report->told.count : 0;
    const char *executable = mt_trace_text(report->trace, MT_FACT_EXECUTABLE);
    *process = (struct mt_checked){
        .program = printable_copy(executable ? mt_base_name(executable) : "?"),
        .command = command_of(report->trace),
        .trace = printable_copy(mt_trace_path(report->trace)),
        .pid = mt_trace_header(report->trace)->pid,
        .duration_ms = report->has_duration ? report->duration_ms : 0,
        .items = calloc(errors + report->rows.count + 1, sizeof *process->items),
    };
    if (!process->program || !process->command || !process->trace || !process->items)
        return -1;
    for (; process->count < errors; process->count++) {
        if (make_error(report, &report->told.items[process->count],
                       &process->items[process->count]))
            return -1;
    }
    for (size_t i = 0; i < report->rows.count; i++) {
        const struct mt_row *row = &report->rows.items[i];
        if (row->is_known || row->suppressed_by)
            continue;
        if (make_finding(report, row, &process->items[process->count]))
            return -1;
        process->count++;
    }
    return 0;
}

int mt_findings_add(struct mt_findings *findings, const struct mt_report *report, bool with_errors,
                    struct mt_error *error)
{
    struct mt_checked *processes =
        reallocarray(findings->processes, findings->count + 1, sizeof *processes);
    if (processes)
        findings->processes = processes;
    if (processes && fill_process(&processes[findings->count], report, with_errors) == 0) {
        findings->count++;
        return MT_OK;
    }
    if (processes)
        free_process(&processes[findings->count]);
    return mt_fail(error, MT_UNREADABLE, "%s: not enough memory for its sites",
                   mt_trace_path(report->trace));
}

void mt_findings_finish(struct mt_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free_process(&findings->processes[i]);
    free(findings->processes);
    *findings = (struct mt_findings){0};
}

/* ---- sites that have been met ---- */

struct mt_seen_site {
    char *key; /* all by which one is told from another */
    UT_hash_handle hh;
};

bool mt_seen_add(struct mt_seen_site **seen, const struct mt_finding *finding)
{
    struct mt_seen_site *site;
    char *key;
    if (asprintf(&key, "%016" PRIx64 " %s %s", finding->fingerprint, mt_finding_kind(finding),
                 finding->scope ? finding->scope : "") < 0)
        return true; /* without memory it is met twice */
    HASH_FIND_STR(*seen, key, site);
    if (site || !(site = calloc(1, sizeof *site))) {
        free(key);
        return !site;
    }
    site->key = key;
    HASH_ADD_KEYPTR(hh, *seen, site->key, strlen(site->key), site);
    return true;
}

void mt_seen_finish(struct mt_seen_site **seen)
{
    struct mt_seen_site *site, *next;
    MT_DRAIN(*seen, site, next)
    {
        free(site->key);
        free(site);
    }
}
