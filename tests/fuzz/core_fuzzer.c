/* core_fuzzer.c: an input is the size of a trace (4 bytes), the trace (sparse_input.h), then a core
 * file. The trace is judged by it, and promises are held: every object has a verdict. */
#include <string.h>
#include "fuzzer.h"
#include "scan.h"
#include "sparse_input.h"

static int has_verdict(const struct mt_block *block, void *context)
{
    (void)context;
    MUST(block->verdict != MT_VERDICT_NONE && block->verdict <= MT_VERDICT_IGNORED);
    return 0;
}

static void judge(struct mt_trace *trace, const uint8_t *core, size_t size)
{
    struct mt_error error = {0};
    const int status = mt_trace_judge(trace, mt_input_file(core, size), &error);
    MUST(status == MT_OK || (status == MT_UNREADABLE && error.text[0]));
    if (status != MT_OK)
        return;
    MUST(mt_trace_has_verdicts(trace, 0));
    mt_trace_blocks(trace, has_verdict, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t trace_bytes;
    struct mt_trace *trace;
    struct mt_error error;
    if (size < sizeof trace_bytes)
        return 0;
    memcpy(&trace_bytes, data, sizeof trace_bytes);
    data += sizeof trace_bytes;
    size -= sizeof trace_bytes;
    if (trace_bytes > size)
        trace_bytes = (uint32_t)size;
    if (mt_trace_open(mt_sparse_input_file(data, trace_bytes), &trace, &error) != MT_OK)
        return 0;
    judge(trace, data + trace_bytes, size - trace_bytes);
    mt_trace_close(trace);
    return 0;
}
