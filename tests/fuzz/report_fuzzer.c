/* report_fuzzer.c: makes the reports of an input (sparse_input.h) in every format and grouping, and
 * asks why its first objects are kept. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "explain.h"
#include "report.h"
#include "sparse_input.h"

enum { EXPLAINED_MAX = 8 };

static int keep_address(const struct mt_block *block, void *context)
{
    uint64_t *addresses = context;
    addresses[1 + addresses[0]++] = block->address;
    return addresses[0] == EXPLAINED_MAX;
}

static void explain(const char *path, FILE *out)
{
    struct mt_report_options options = {.explain = "0123456789abcdef"};
    struct mt_report *report;
    struct mt_error error;
    if (mt_report_open(path, &options, &report, &error) != MT_OK)
        return;
    mt_explain_print(report, &options, out, &error);
    uint64_t addresses[1 + EXPLAINED_MAX] = {0};
    mt_trace_blocks(report->trace, keep_address, addresses);
    for (uint64_t i = 1; i <= addresses[0]; i++) {
        char text[32];
        snprintf(text, sizeof text, "0x%" PRIx64, addresses[i]);
        options.explain = text;
        MUST(mt_explain_print(report, &options, out, &error) == MT_OK);
    }
    mt_report_close(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *const nowhere = mt_nowhere();
    const char *path = mt_sparse_input_file(data, size);
    struct mt_report_options options = {
        .sort = (enum mt_sort)(size % 3),
        .verdicts = size & 1 ? MT_VERDICTS_ALL : 0,
        .unscanned = size & 1 ? MT_VERDICTS_ALL : 0,
        .growing = size & 2,
        .since = size & 4,
    };
    explain(path, nowhere);
    for (; mt_report_formats[options.format].name; options.format++) {
        struct mt_error error = {0};
        int status = mt_report_traces(&path, 1, &options, nowhere, &error);
        MUST(status == MT_OK || (status == MT_UNREADABLE && strlen(error.text) > 0));
        options.group_by = (enum mt_group_by)((options.group_by + size) % 4);
    }
    return 0;
}
