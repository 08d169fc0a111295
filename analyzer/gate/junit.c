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

static void write_place(xmlTextWriterPtr writer, const struct mt_finding *finding)
{
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
    write_place(writer, finding);
    xmlTextWriterEndElement(writer);
    xmlTextWriterEndElement(writer);
}

static size_t count_errors(const struct mt_checked *process)
{
    size_t count = 0;
    while (count < process->count && process->items[count].misuse)
        count++; /* they come first */
    return count;
}

/* A process as one case. */
static void write_process(xmlTextWriterPtr writer, const struct mt_checked *process)
{
    char name[64], message[128];
    snprintf(name, sizeof name, "process %" PRIu32, process->pid);
    begin_case(writer, process->program, name);
    xmlTextWriterWriteFormatAttribute(writer, TEXT("time"), "%" PRIu64 ".%03" PRIu64,
                                      process->duration_ms / 1000, process->duration_ms % 1000);
    if (process->count) {
        const size_t errors = count_errors(process), sites = process->count - errors;
        snprintf(message, sizeof message, "%zu leaking site%s", sites, sites == 1 ? "" : "s");
        if (errors)
            snprintf(message, sizeof message, "%zu error%s in the use of memory, %zu leaking site%s",
                     errors, errors == 1 ? "" : "s", sites, sites == 1 ? "" : "s");
        begin_failure(writer, "failure", errors ? "error" : "leak", message);
        xmlTextWriterWriteFormatString(writer, "%s\n", process->command);
        for (size_t i = 0; i < process->count; i++)
            write_place(writer, &process->items[i]);
        xmlTextWriterEndElement(writer);
    }
    xmlTextWriterEndElement(writer);
}

static struct sums count(const struct mt_findings *findings, const struct mt_conclusion *conclusion)
{
    struct sums sums = {.errors = conclusion->status == MT_INCONCLUSIVE};
    const int is_one = findings->count == 1;
    for (size_t i = 0; i < findings->count; i++)
        sums.failures += is_one ? findings->processes[i].count : findings->processes[i].count > 0;
    sums.tests = (is_one ? sums.failures : findings->count) + sums.errors;
    if (sums.tests == 0)
        sums.tests = 1; /* a suite without a case is read as one that did not run */
    return sums;
}

static void write_cases(xmlTextWriterPtr writer, const struct mt_findings *findings,
                        const struct mt_conclusion *conclusion, const struct sums *sums)
{
    const struct mt_checked *one = findings->count == 1 ? &findings->processes[0] : NULL;
    for (size_t i = 0; one && i < one->count; i++)
        write_site(writer, one, &one->items[i]);
    for (size_t i = 0; !one && i < findings->count; i++)
        write_process(writer, &findings->processes[i]);
    if (sums->errors) {
        begin_case(writer, "memtrace", "proof");
        begin_failure(writer, "error", "inconclusive", conclusion->line);
        xmlTextWriterEndElement(writer);
        xmlTextWriterEndElement(writer);
    } else if (one ? one->count == 0 : findings->count == 0) {
        begin_case(writer, one ? one->program : "memtrace", "no leaks");
        xmlTextWriterEndElement(writer);
    }
}

static void write_document(xmlTextWriterPtr writer, const struct mt_findings *findings,
                           const struct mt_conclusion *conclusion)
{
    const struct sums sums = count(findings, conclusion);
    xmlTextWriterSetIndent(writer, 1);
    xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL);
    xmlTextWriterStartElement(writer, TEXT("testsuites"));
    attribute(writer, "name", "memtrace");
    write_sums(writer, &sums);
    xmlTextWriterStartElement(writer, TEXT("testsuite"));
    attribute(writer, "name", "memtrace check");
    write_sums(writer, &sums);
    write_cases(writer, findings, conclusion, &sums);
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
