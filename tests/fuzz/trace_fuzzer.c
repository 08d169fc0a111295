/* trace_fuzzer.c: opens an input (sparse_input.h) as a trace and asks it everything. Beside what
 * the sanitizers see, the promises of trace.h are checked: stacks end, blocks come in address
 * order, none overlaps the next, and all they name is there; and those of segments.h: every byte
 * of the address space is in one piece. */
#include <stdlib.h>
#include <string.h>
#include "churn.h"
#include "freers.h"
#include "misuses.h"
#include "process.h"
#include "segments.h"
#include "snapshot.h"
#include "sparse_input.h"
#include "trace.h"

static volatile size_t read_bytes; /* so that reading a text is not optimized away */

static void read_text(const char *text)
{
    if (text)
        read_bytes += strlen(text);
}

static void follow_stack(const struct mt_trace *trace, uint32_t id)
{
    unsigned frames = 0;
    for (const struct mt_node *node; (node = mt_trace_node(trace, id)); id = node->parent)
        MUST(++frames <= 1024);
    MUST(id == 0);
}

struct seen {
    const struct mt_trace *trace;
    uint64_t end;
};

static int look_at(const struct mt_block *block, void *context)
{
    struct seen *seen = context;
    MUST(block->address >= seen->end);
    seen->end = block->address + block->size_bytes;
    MUST(seen->end >= block->address);
    MUST(mt_trace_node(seen->trace, block->stack));
    MUST(block->thread == 0 || mt_trace_thread(seen->trace, block->thread));
    read_text(mt_function_name(block->function));
    read_text(mt_storage_name(block->storage));
    return 0;
}

static void look_at_misuses(const struct mt_trace *trace)
{
    size_t count;
    const struct mt_misuse *misuses = mt_trace_misuses(trace, &count);
    MUST(count < MT_MISUSE_SLOTS && (misuses || !count));
    for (size_t i = 0; i < count; i++) {
        const uint32_t stacks[] = {misuses[i].stack, misuses[i].allocated, misuses[i].freed};
        MUST(misuses[i].kind && misuses[i].kind < MT_MISUSE_COUNT && misuses[i].count > 0);
        MUST(misuses[i].function < MT_FN_COUNT && misuses[i].freed_function < MT_FN_COUNT);
        MUST(mt_misuse_title(misuses[i].kind) && mt_misuse_key_name(misuses[i].kind));
        for (int j = 0; j < 3; j++)
            MUST(!stacks[j] || mt_trace_node(trace, stacks[j]));
    }
}

static void look_at_freers(const struct mt_trace *trace)
{
    for (uint32_t id = 0; id <= mt_trace_node_limit(trace); id++) {
        struct mt_freers freers;
        if (!mt_trace_freers(trace, id, &freers))
            continue;
        MUST(mt_trace_node(trace, id) && freers.count <= MT_FREED_BY);
        for (unsigned i = 0; i < freers.count; i++) {
            MUST(mt_trace_node(trace, freers.by[i].stack));
            MUST(freers.by[i].blocks > 0 && freers.by[i].blocks <= freers.asked);
        }
    }
}

static void map(const struct mt_trace *trace)
{
    struct mt_error error;
    struct mt_space space = {0};
    struct mt_segments segments = {0};
    uint64_t areas = 0, pieces = 0;
    if (mt_space_of_snapshot(trace, &space, &error) == MT_OK &&
        mt_segments_make(&space, trace, &segments, &error) == MT_OK) {
        for (size_t i = 0; i < space.count; i++)
            areas += space.areas[i].seen.end - space.areas[i].seen.start;
        for (size_t i = 0; i < segments.piece_count; i++)
            pieces += segments.pieces[i].end - segments.pieces[i].start;
        MUST(areas == pieces && areas == segments.all.pages.bytes);
        for (size_t i = 0; i < segments.heap_count; i++)
            MUST(segments.heaps[i].free <= segments.heaps[i].end - segments.heaps[i].start);
    }
    mt_segments_finish(&segments);
    mt_space_finish(&space);
}

static void look_at_snapshot(const struct mt_seen *snapshot)
{
    uint64_t end = 0;
    for (size_t i = 0; i < snapshot->area_count; i++) {
        const struct mt_seen_area *area = &snapshot->areas[i];
        MUST(end <= area->start && area->start < area->end);
        MUST(mt_seen_area_at(snapshot, area->end - 1) == area);
        end = area->end;
        read_text(area->name);
        uint64_t page = 0;
        for (size_t run = 0; run < area->run_count; run++) {
            MUST(page <= mt_pages_first(area->runs[run]) && mt_pages_count(area->runs[run]) > 0);
            page = mt_pages_first(area->runs[run]) + mt_pages_count(area->runs[run]);
        }
        MUST(page <= (area->end - area->start) / snapshot->head.page_bytes);
    }
}

static void ask_everything(const struct mt_trace *trace)
{
    unsigned count;
    for (unsigned kind = 0; kind < 12; kind++)
        read_text(mt_trace_text(trace, kind));
    const char *const *command = mt_trace_command(trace, &count);
    for (unsigned i = 0; i < count; i++)
        read_text(command[i]);
    MUST(!command[count]);
    for (const char *const *limit = mt_trace_limits(trace); *limit; limit++)
        read_text(*limit);
    for (uint32_t id = 0; id <= mt_trace_module_count(trace) + 1; id++)
        if (mt_trace_module(trace, id))
            read_text(mt_trace_module(trace, id)->path);
    for (uint32_t slot = 0; slot <= mt_trace_thread_count(trace) + 1; slot++)
        if (mt_trace_thread(trace, slot))
            read_text(mt_trace_thread(trace, slot)->name);
    for (uint32_t id = 0; id <= mt_trace_node_limit(trace); id++)
        if (mt_trace_node(trace, id))
            follow_stack(trace, id);
    mt_trace_totals(trace);
    read_text(mt_trace_damage(trace)->first);
    read_text(mt_fate_name(mt_process_fate(trace)));
    for (unsigned age = MT_NEWEST; age < MT_PLANES; age++)
        if (mt_trace_snapshot(trace, age))
            look_at_snapshot(mt_trace_snapshot(trace, age));
    struct seen seen = {trace, 0};
    mt_trace_blocks(trace, look_at, &seen);
    size_t sites;
    const struct mt_churn_site *churn = mt_trace_churn(trace, &sites);
    for (size_t i = 0; i < sites; i++)
        MUST(mt_trace_node(trace, churn[i].stack) && churn[i].rounds > 0);
    look_at_freers(trace);
    look_at_misuses(trace);
    map(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_trace *trace = NULL;
    struct mt_error error = {0};
    int status = mt_trace_open(mt_sparse_input_file(data, size), &trace, &error);
    MUST(status == (trace ? MT_OK : MT_UNREADABLE));
    if (trace)
        ask_everything(trace);
    else
        MUST(strlen(error.text) > 0);
    mt_trace_close(trace);
    return 0;
}
