/* export_fuzzer.c: writes an input (sparse_input.h) in every format of memtrace export, and has
 * what comes out read by a reader of such formats: JSON must be JSON, XML XML, lines lines. */
#include <jansson.h>
#include <libxml/parser.h>
#include <string.h>
#include "export.h"
#include "sparse_input.h"

static void must_be_json(const char *text, size_t size)
{
    json_t *root = json_loadb(text, size, 0, NULL);
    MUST(root);
    json_decref(root);
}

static void must_be_xml(const char *text, size_t size)
{
    xmlDocPtr document = xmlReadMemory(text, (int)size, "fuzz.xml", NULL,
                                       XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET);
    MUST(document);
    xmlFreeDoc(document);
}

static void check(const char *format, const char *text, size_t size)
{
    if (!strcmp(format, "json") || !strcmp(format, "speedscope") || !strcmp(format, "sarif"))
        must_be_json(text, size);
    else if (!strcmp(format, "junit"))
        must_be_xml(text, size);
    else if (!strcmp(format, "folded") || !strcmp(format, "massif") || !strcmp(format, "html"))
        mt_must_be_printable(text);
}

static void write_as(const struct mt_export_format *format, struct mt_report *report,
                     const struct mt_report_options *options)
{
    struct mt_report *const reports[] = {report, report};
    const struct mt_export export = {reports, format->takes_several ? 2 : 1, options,
                                     MT_VALUE_BYTES, NULL};
    struct mt_error error;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    MUST(out);
    const int status = format->write(&export, out, &error);
    fclose(out);
    if (status == MT_OK)
        check(format->name, text, size);
    free(text);
}

/* heaptrack's format has a line for each object, millions of which take the fuzzer's time, up to a
 * number (heaptrack.c) that is refused. */
static bool takes_long(const struct mt_report *report)
{
    uint64_t objects = 0;
    for (size_t i = 0; i < report->rows.shown && objects < 1 << 28; i++)
        objects += report->rows.items[i].site.objects;
    return objects > 1 << 18 && objects <= 1 << 28;
}

/* The index of the report of that name; 0 where there is none: most formats do not care. */
static unsigned report_format(const char *name)
{
    for (unsigned i = 0; mt_report_formats[i].name; i++)
        if (strcmp(mt_report_formats[i].name, name) == 0)
            return i;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_report_options options = {.verdicts = MT_VERDICTS_ALL, .unscanned = MT_VERDICTS_ALL};
    struct mt_report *report;
    struct mt_error error;
    if (mt_report_open(mt_sparse_input_file(data, size), &options, &report, &error) != MT_OK)
        return 0;
    for (const struct mt_export_format *format = mt_export_formats; format->name; format++) {
        options.format = report_format(format->name);
        if (strcmp(format->name, "heaptrack") == 0 && takes_long(report))
            continue;
        write_as(format, report, &options);
    }
    mt_report_close(report);
    return 0;
}
