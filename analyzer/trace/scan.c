/* scan.c: from the facts of a snapshot to what its scan said of itself, of mappings, and of how
 * objects hang together. Arrays are sorted for searching. */
#include "scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "process.h"
#include "snapshot.h"
#include "trace_parts.h"

/* ---- reading ---- */

static int take_scan(const void *payload, size_t bytes, void *context)
{
    struct mt_scan_facts *facts = context;
    if (bytes < sizeof facts->scan)
        return 0;
    memcpy(&facts->scan, payload, sizeof facts->scan);
    facts->has_scan = true;
    return 1;
}

/* Appends the `count` items of a fact to an array. */
static int append(void **array, size_t *array_count, const void *payload, size_t count,
                  size_t item_bytes)
{
    if (count == 0)
        return 0;
    char *more = reallocarray(*array, *array_count + count, item_bytes);
    if (!more)
        return -1;
    memcpy(more + *array_count * item_bytes, payload, count * item_bytes);
    *array = more;
    *array_count += count;
    return 0;
}

static int take_mappings(const void *payload, size_t bytes, void *context)
{
    struct mt_scan_facts *facts = context;
    return append((void **)&facts->mappings, &facts->mapping_count, payload,
                  bytes / sizeof *facts->mappings, sizeof *facts->mappings);
}

static int take_heads(const void *payload, size_t bytes, void *context)
{
    struct mt_scan_facts *facts = context;
    return append((void **)&facts->heads, &facts->head_count, payload, bytes / sizeof *facts->heads,
                  sizeof *facts->heads);
}

static int take_chain(const void *payload, size_t bytes, void *context)
{
    struct mt_scan_facts *facts = context;
    const struct mt_chain *chain = payload;
    if (bytes < sizeof *chain)
        return 0;
    const struct mt_kept_chain kept = {chain, (bytes - sizeof *chain) / sizeof chain->links[0]};
    return append((void **)&facts->chains, &facts->chain_count, &kept, 1, sizeof kept);
}

static int compare_mappings(const void *left, const void *right)
{
    const struct mt_mapping_verdict *a = left, *b = right;
    if (a->birth != b->birth)
        return a->birth < b->birth ? -1 : 1;
    return a->address < b->address ? -1 : a->address > b->address;
}

static int compare_heads(const void *left, const void *right)
{
    const struct mt_leak_head *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

static int compare_chains(const void *left, const void *right)
{
    const struct mt_kept_chain *a = left, *b = right;
    return a->chain->address < b->chain->address ? -1 : a->chain->address > b->chain->address;
}

static bool gave_verdicts(const struct mt_scan_facts *facts)
{
    return facts->has_scan && !(facts->scan.flags & MT_SCAN_INCOMPLETE) &&
           facts->scan.problem == MT_SCAN_OK;
}

void mt_scan_settle(struct mt_scan_facts *facts)
{
    if (facts->mapping_count)
        qsort(facts->mappings, facts->mapping_count, sizeof *facts->mappings, compare_mappings);
    if (facts->head_count)
        qsort(facts->heads, facts->head_count, sizeof *facts->heads, compare_heads);
    if (facts->chain_count)
        qsort(facts->chains, facts->chain_count, sizeof *facts->chains, compare_chains);
}

int mt_scan_read(struct mt_trace *trace)
{
    for (unsigned age = 0; age < MT_PLANES; age++) {
        struct mt_scan_facts *facts = &trace->scans[age];
        const struct mt_seen *seen = mt_trace_snapshot(trace, age);
        if (!seen)
            continue;
        mt_seen_facts(seen, MT_SNAPSHOT_SCAN, take_scan, facts);
        if (!gave_verdicts(facts))
            continue;
        if (mt_seen_facts(seen, MT_SNAPSHOT_MAPPINGS, take_mappings, facts) ||
            mt_seen_facts(seen, MT_SNAPSHOT_HEADS, take_heads, facts) ||
            mt_seen_facts(seen, MT_SNAPSHOT_CHAIN, take_chain, facts))
            return -1;
        mt_scan_settle(facts);
        trace->planes[age].number = seen->head.number;
        trace->planes[age].taken_ms = seen->head.taken_ms;
        trace->planes[age].is_in_doubt = !mt_scan_saw_all(&facts->scan);
    }
    return 0;
}

void mt_scan_finish(struct mt_scan_facts scans[MT_PLANES])
{
    for (unsigned age = 0; age < MT_PLANES; age++) {
        free(scans[age].mappings);
        free(scans[age].heads);
        free(scans[age].chains);
    }
}

/* ---- asking ---- */

const struct mt_scan *mt_trace_scan(const struct mt_trace *trace, unsigned age)
{
    return age < MT_PLANES && trace->scans[age].has_scan ? &trace->scans[age].scan : NULL;
}

bool mt_trace_has_verdicts(const struct mt_trace *trace, unsigned age)
{
    return age < MT_PLANES && gave_verdicts(&trace->scans[age]);
}

bool mt_trace_has_verdicts_of_end(const struct mt_trace *trace)
{
    if (trace->judged)
        return true;
    return mt_trace_has_verdicts(trace, 0) && trace->header.end == MT_END_EXITED &&
           mt_trace_snapshot(trace, 0)->head.cause == MT_CAUSE_EXIT;
}

/* A piece that mprotect has cut off since the snapshot has the verdict of the piece it was of. */
enum mt_verdict mt_scan_of_mapping(const struct mt_trace *trace, unsigned age,
                                   const struct mt_mapping *mapping)
{
    const struct mt_scan_facts *facts = &trace->scans[age];
    size_t low = 0, high = facts->mapping_count;
    const struct mt_mapping_verdict key = {mapping->birth, mapping->address, 0};
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_mappings(&facts->mappings[middle], &key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || facts->mappings[low - 1].birth != mapping->birth ||
        facts->mappings[low - 1].verdict > MT_VERDICT_IGNORED)
        return MT_VERDICT_NONE;
    const enum mt_verdict verdict = (enum mt_verdict)facts->mappings[low - 1].verdict;
    return mt_scan_saw_all(&facts->scan) ? verdict : mt_verdict_in_doubt(verdict);
}

const struct mt_leak_head *mt_trace_leak_head(const struct mt_trace *trace, uint64_t address)
{
    const struct mt_scan_facts *facts = &trace->scans[MT_NEWEST];
    const struct mt_leak_head key = {.address = address};
    return facts->head_count
               ? bsearch(&key, facts->heads, facts->head_count, sizeof key, compare_heads)
               : NULL;
}

const struct mt_chain *mt_trace_chain(const struct mt_trace *trace, uint64_t address,
                                      size_t *ret_count)
{
    const struct mt_scan_facts *facts = &trace->scans[MT_NEWEST];
    const struct mt_chain wanted = {.address = address};
    const struct mt_kept_chain key = {.chain = &wanted};
    const struct mt_kept_chain *found =
        facts->chain_count
            ? bsearch(&key, facts->chains, facts->chain_count, sizeof key, compare_chains)
            : NULL;
    *ret_count = found ? found->link_count : 0;
    return found ? found->chain : NULL;
}

/* ---- in words ---- */

const char *mt_trace_scan_cause(const struct mt_trace *trace)
{
    static const char *const names[] = {NULL, "exit", "request", "program"};
    const struct mt_seen *seen = mt_trace_snapshot(trace, 0);
    if (trace->judged)
        return "core";
    if (!mt_trace_has_verdicts(trace, 0))
        return NULL;
    return seen->head.cause < sizeof names / sizeof names[0] ? names[seen->head.cause] : NULL;
}

const char *mt_trace_scan_doubt(const struct mt_trace *trace, char text[MT_NO_VERDICTS_BYTES])
{
    const struct mt_scan *scan = mt_trace_scan(trace, MT_NEWEST);
    if (!mt_trace_has_verdicts(trace, MT_NEWEST) || mt_scan_saw_all(scan))
        return NULL;
    const uint32_t registers = scan->threads - scan->threads_registers,
                   stacks = scan->threads - scan->threads_stacks;
    const char *threads = scan->threads == 1 ? "thread" : "threads";
    if (stacks == 0)
        snprintf(text, MT_NO_VERDICTS_BYTES,
                 "registers of %" PRIu32 " of %" PRIu32 " %s were not seen", registers,
                 scan->threads, threads);
    else
        snprintf(text, MT_NO_VERDICTS_BYTES,
                 "registers of %" PRIu32 ", stacks of %" PRIu32 " of %" PRIu32 " %s were not seen",
                 registers, stacks, scan->threads, threads);
    return text;
}

static const char *problem_text(uint32_t problem)
{
    switch (problem) {
    case MT_SCAN_SAMPLED:
        return "only a sample of the blocks was recorded (try: without sample in MEMTRACE_OPTIONS)";
    case MT_SCAN_NO_MEMORY:
        return "there was no memory for the scan (try: a higher limit)";
    case MT_SCAN_NO_CLONE:
        return "the kernel refused the scan a process (is a limit on processes or a seccomp filter "
               "set?)";
    case MT_SCAN_DIED:
        return "the scan was killed before it was done (by a limit?)";
    case MT_SCAN_LATE:
        return "the scan took longer than the process would wait";
    case MT_SCAN_NO_MAPS:
        return "/proc/self/maps could not be read, so the roots are not known (is /proc mounted?)";
    case MT_SCAN_WITHHELD:
        return "the scan was not given all memory: what the program keeps from forked processes "
               "(MADV_DONTFORK, MADV_WIPEONFORK) is too large to copy, or could not be read";
    case MT_SCAN_INTERRUPTED:
        return "a signal ended the process while it scanned (try: give it more time to end)";
    case MT_SCAN_FOREIGN:
        return "the program has its own malloc: its blocks are not seen, and it may keep its "
               "mappings "
               "by more than pointers";
    default:
        return "the scan did not come to its end";
    }
}

/* Whether MEMTRACE_OPTIONS say so. */
static bool is_turned_off(const struct mt_trace *trace)
{
    const char *options = mt_trace_text(trace, MT_FACT_OPTIONS);
    const char *found = options ? strstr(options, "scan=none") : NULL;
    return found && (found == options || found[-1] == ':');
}

static const char *fate_text(const struct mt_trace *trace, char text[MT_NO_VERDICTS_BYTES])
{
    switch (mt_process_fate(trace)) {
    case MT_FATE_RUNNING:
        snprintf(text, MT_NO_VERDICTS_BYTES,
                 "the process has not been asked yet (try: memtrace snapshot %u)",
                 trace->header.pid);
        return text;
    case MT_FATE_KILLED:
        return trace->header.end_signal
                   ? "the process was killed before its end (try: memtrace snapshot PID while it "
                     "runs)"
                   : "the process was killed, or ended by a system call of its own, as Go programs "
                     "do (try: memtrace snapshot PID while it runs)";
    case MT_FATE_EXEC:
        return "another program took the process over by exec";
    default:
        return NULL;
    }
}

const char *mt_trace_no_verdicts(const struct mt_trace *trace, char text[MT_NO_VERDICTS_BYTES])
{
    const struct mt_scan *scan = mt_trace_scan(trace, 0);
    if (mt_trace_has_verdicts(trace, 0))
        return NULL;
    const char *reason = NULL;
    if (scan)
        reason = problem_text(scan->problem);
    else if (mt_trace_is_sampled(trace))
        reason = problem_text(MT_SCAN_SAMPLED);
    else if (is_turned_off(trace))
        reason = "MEMTRACE_OPTIONS said scan=none (try: without it)";
    else if (trace->header.flags & MT_FLAG_SANDBOXED)
        reason =
            "the program installed a seccomp filter, so the tracer made no system calls any more "
            "and no scan could run (try: memtrace snapshot PID before it does, or run it without "
            "its "
            "sandbox)";
    else
        reason = fate_text(trace, text);
    if (!reason)
        reason =
            "no scan ran before the end (did it end by _exit, by quick_exit, or by a system call "
            "of its own, as Go programs do?)";
    if (reason != text)
        snprintf(text, MT_NO_VERDICTS_BYTES, "%s", reason);
    return text;
}
