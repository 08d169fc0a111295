/* report_fuzzer.c: makes the reports of an input (sparse_input.h) in every format and grouping. */
#include <stdio.h>
#include <string.h>
#include "report.h"
#include "sparse_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "we");
    MUST(nowhere);
    const char *path = mt_sparse_input_file(data, size);
    struct mt_report_options options = {.sort = (enum mt_sort)(size % 3)};
    for (; mt_report_formats[options.format].name; options.format++) {
        struct mt_error error = {0};
        int status = mt_report_traces(&path, 1, &options, nowhere, &error);
        MUST(status == MT_OK || (status == MT_UNREADABLE && strlen(error.text) > 0));
        options.group_by = (enum mt_group_by)((options.group_by + size) % 4);
    }
    return 0;
}
