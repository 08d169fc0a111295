/* junit.c: findings as JUnit's XML, as Jenkins, GitLab and GitHub's reporters read it (the schema
 * is jenkins-junit.xsd of the xUnit plugin). Of findings.h. */
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <string.h>
#include "findings.h"

#define TEXT(text) ((const xmlChar *)(text))

struct sums {
    size_t tests, failures, errors;
};

static void attribute(xmlTextWriterPtr writer, const char *name, const char *value)
{
    xmlTextWriterWriteAttribute(writer, TEXT(name), TEXT(value));
}

static void attribute_of_number(xmlTextWriterPtr writer, const char *name, uint64_t number)
{
    xmlTextWriterWriteFormatAttribute(writer, TEXT(name), "%" PRIu64, number);
}

static void write_sums(xmlTextWriterPtr writer, const struct sums *sums)
{
    attribute_of_number(writer, "tests", sums->tests);
    attribute_of_number(writer, "failures", sums->failures);
    attribute_of_number(writer, "errors", sums->errors);
}

static void begin_case(xmlTextWriterPtr writer, const char *class_name, const char *name)
{
    xmlTextWriterStartElement(writer, TEXT("testcase"));
    attribute(writer, "classname", class_name);
    attribute(writer, "name", name);
}

static void begin_failure(xmlTextWriterPtr writer, const char *what, const char *type,
                          const char *message)
{
    xmlTextWriterStartElement(writer, TEXT(what));
    attribute(writer, "type", type);
    attribute(writer, "message", message);
}

/* ---- programs ---- */

/* A program is told by its command line. Pids are others each time, and a case that has another
 * name in each run has no history. */
static int is_same_program(const struct mt_checked *a, const struct mt_checked *b)
{
    return strcmp(a->command, b->command) == 0 && strcmp(a->program, b->program) == 0;
}

static int is_first(const struct mt_findings *findings, size_t process)
{
    for (size_t i = 0; i < process; i++)
        if (is_same_program(&findings->processes[i], &findings->processes[process]))
            return 0;
    return 1;
}

/* A program: its processes are `first` and those after it that are the same. */
struct program {
    const struct mt_findings *findings;
    size_t first;
    size_t processes, sites; /* sites once, in however many processes */
    size_t errors;           /* of the sites: misuses of memory */
    uint64_t duration_ms;
};

/* Calls `visit`, unless it is NULL, for each site of the program once; fills in the sums. */
static void each_site(struct program *program, xmlTextWriterPtr writer,
                      void (*visit)(xmlTextWriterPtr writer, const struct mt_checked *process,
                                    const struct mt_finding *finding))
{
    const struct mt_findings *findings = program->findings;
    struct mt_seen_site *seen = NULL;
    program->processes = program->sites = program->errors = program->duration_ms = 0;
    for (size_t i = program->first; i < findings->count; i++) {
        const struct mt_checked *process = &findings->processes[i];
        if (!is_same_program(process, &findings->processes[program->first]))
            continue;
        program->processes++;
        program->duration_ms += process->duration_ms;
        for (size_t j = 0; j < process->count; j++) {
            if (!mt_seen_add(&seen, &process->items[j]))
                continue;
            program->sites++;
            program->errors += process->items[j].misuse != 0;
            if (visit)
                visit(writer, process, &process->items[j]);
        }
    }
    mt_seen_finish(&seen);
}

/* ---- cases ---- */

static void write_place(xmlTextWriterPtr writer, const struct mt_checked *process,
                        const struct mt_finding *finding)
{
    (void)process;
    if (finding->file && finding->line)
        xmlTextWriterWriteFormatString(writer, "%s:%" PRIu32 ": ", finding->file, finding->line);
    xmlTextWriterWriteFormatString(writer, "%s\n%s", finding->summary, finding->stack);
}

static void write_site(xmlTextWriterPtr writer, const struct mt_checked *process,
                       const struct mt_finding *finding)
{
    char name[1024];
    snprintf(name, sizeof name, "%s %016" PRIx64, finding->name, finding->fingerprint);
    begin_case(writer, process->program, name);
    begin_failure(writer, "failure", mt_finding_kind(finding), finding->summary);
    write_place(writer, process, finding);
    xmlTextWriterEndElement(writer);
    xmlTextWriterEndElement(writer);
}

/* "1 error in the use of memory, 2 leaking sites in 3 processes". */
static void describe(const struct program *program, char *message, size_t size)
{
    const size_t leaks = program->sites - program->errors;
    char errors[64] = "", processes[64] = "";
    if (program->errors)
        snprintf(errors, sizeof errors, "%zu error%s in the use of memory, ", program->errors,
                 program->errors == 1 ? "" : "s");
    if (program->processes > 1)
        snprintf(processes, sizeof processes, " in %zu processes", program->processes);
    snprintf(message, size, "%s%zu leaking site%s%s", errors, leaks, leaks == 1 ? "" : "s",
             processes);
}

static void write_program(xmlTextWriterPtr writer, struct program *program)
{
    const struct mt_checked *process = &program->findings->processes[program->first];
    char message[256];
    each_site(program, NULL, NULL);
    begin_case(writer, process->program, process->command);
    xmlTextWriterWriteFormatAttribute(writer, TEXT("time"), "%" PRIu64 ".%03" PRIu64,
                                      program->duration_ms / 1000, program->duration_ms % 1000);
    if (program->sites) {
        describe(program, message, sizeof message);
        begin_failure(writer, "failure", program->errors ? "error" : "leak", message);
        each_site(program, writer, write_place);
        xmlTextWriterEndElement(writer);
    }
    xmlTextWriterEndElement(writer);
}

/* The suite: programs, or the sites of the only one. */
struct suite {
    struct sums sums;
    size_t programs;
    size_t leaky;
    struct program only;
};

static struct suite count(const struct mt_findings *findings,
                          const struct mt_conclusion *conclusion)
{
    struct suite suite = {.sums = {.errors = conclusion->status == MT_INCONCLUSIVE}};
    for (size_t i = 0; i < findings->count; i++) {
        if (!is_first(findings, i))
            continue;
        suite.only = (struct program){.findings = findings, .first = i};
        each_site(&suite.only, NULL, NULL);
        suite.programs++;
        suite.leaky += suite.only.sites > 0;
    }
    const int is_one = suite.programs == 1;
    suite.sums.failures = is_one ? suite.only.sites : suite.leaky;
    suite.sums.tests = (is_one ? suite.only.sites : suite.programs) + suite.sums.errors;
    if (suite.sums.tests == 0)
        suite.sums.tests = 1; /* a suite without a case is read as one that did not run */
    return suite;
}

static void write_cases(xmlTextWriterPtr writer, const struct mt_findings *findings,
                        const struct mt_conclusion *conclusion, struct suite *suite)
{
    const int is_one = suite->programs == 1;
    if (is_one)
        each_site(&suite->only, writer, write_site);
    for (size_t i = 0; !is_one && i < findings->count; i++) {
        struct program program = {.findings = findings, .first = i};
        if (is_first(findings, i))
            write_program(writer, &program);
    }
    if (suite->sums.errors) {
        begin_case(writer, "memtrace", "proof");
        begin_failure(writer, "error", "inconclusive", conclusion->line);
        xmlTextWriterEndElement(writer);
        xmlTextWriterEndElement(writer);
    } else if (is_one ? suite->only.sites == 0 : suite->programs == 0) {
        begin_case(writer, is_one ? findings->processes[suite->only.first].program : "memtrace",
                   "no leaks");
        xmlTextWriterEndElement(writer);
    }
}

static void write_document(xmlTextWriterPtr writer, const struct mt_findings *findings,
                           const struct mt_conclusion *conclusion)
{
    struct suite suite = count(findings, conclusion);
    xmlTextWriterSetIndent(writer, 1);
    xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL);
    xmlTextWriterStartElement(writer, TEXT("testsuites"));
    attribute(writer, "name", "memtrace");
    write_sums(writer, &suite.sums);
    xmlTextWriterStartElement(writer, TEXT("testsuite"));
    attribute(writer, "name", "memtrace check");
    write_sums(writer, &suite.sums);
    write_cases(writer, findings, conclusion, &suite);
    xmlTextWriterEndDocument(writer);
}

/* By way of memory: libxml2 knows no FILE. */
int mt_junit_print(FILE *out, const struct mt_findings *findings,
                   const struct mt_conclusion *conclusion)
{
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlTextWriterPtr writer = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    int status = -1;
    if (writer) {
        write_document(writer, findings, conclusion);
        xmlFreeTextWriter(writer);
        const size_t length = (size_t)xmlBufferLength(buffer);
        status = fwrite(xmlBufferContent(buffer), 1, length, out) == length ? 0 : -1;
    }
    xmlBufferFree(buffer);
    return status;
}

int mt_junit_write(const char *path, const struct mt_findings *findings,
                   const struct mt_conclusion *conclusion)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return -1;
    const int status = mt_junit_print(file, findings, conclusion);
    return fclose(file) == 0 ? status : -1;
}
