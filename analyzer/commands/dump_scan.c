/* dump_scan.c: see dump.h. The line of a scan, then the heads of leaks, then the chains with their
 * links. The verdicts of mappings and blocks stand in the lines of these. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "dump.h"
#include "scan.h"
#include "sites.h"
#include "snapshot.h"

static int dump_heads(const void *payload, size_t bytes, void *context)
{
    (void)context;
    const struct mt_leak_head *heads = payload;
    for (size_t i = 0; i < bytes / sizeof *heads; i++)
        printf("head address=0x%" PRIx64 " objects=%" PRIu64 " bytes=%" PRIu64 "\n",
               heads[i].address, heads[i].objects, heads[i].bytes);
    return ferror(stdout);
}

static void dump_link(const struct mt_link *link)
{
    static const char *const kinds[] = {"-",   "global", "stack",   "register",
                                        "tls", "block",  "mapping", "region"};
    printf("link kind=%s at=0x%" PRIx64 " object=0x%" PRIx64 " to=0x%" PRIx64 " tid=%" PRIu32 "\n",
           link->kind < sizeof kinds / sizeof kinds[0] ? kinds[link->kind] : "-", link->at,
           link->object, link->to, link->thread);
}

static int dump_chain(const void *payload, size_t bytes, void *context)
{
    (void)context;
    const struct mt_chain *chain = payload;
    if (bytes < sizeof *chain)
        return 0;
    printf("chain address=0x%" PRIx64 " verdict=%s skipped=%" PRIu32 "\n", chain->address,
           chain->verdict < MT_VERDICT_COUNT ? mt_verdict_name((enum mt_verdict)chain->verdict)
                                             : "-",
           chain->skipped);
    for (size_t i = 0; i < (bytes - sizeof *chain) / sizeof chain->links[0]; i++)
        dump_link(&chain->links[i]);
    return ferror(stdout);
}

/* In the order of enum mt_verdict, from "unclassified" on: "0,3,1,…". */
static void dump_sums(const char *key, const uint64_t sums[8])
{
    printf(" %s=", key);
    for (int i = 0; i <= MT_VERDICT_IGNORED; i++)
        printf("%s%" PRIu64, i ? "," : "", sums[i]);
}

void mt_dump_scan(const struct mt_trace *trace, unsigned age)
{
    static const struct mt_dump_flag flags[] = {
        {MT_SCAN_IN_PLACE, "in_place"},
        {MT_SCAN_INCOMPLETE, "incomplete"},
        {MT_SCAN_NO_INTERIOR, "no_interior"},
        {0, NULL},
    };
    const struct mt_scan *scan = mt_trace_scan(trace, age);
    if (!scan)
        return;
    printf("scan problem=%" PRIu32 " threads=%" PRIu32 " threads_registers=%" PRIu32
           " threads_stacks=%" PRIu32,
           scan->problem, scan->threads, scan->threads_registers, scan->threads_stacks);
    printf(" root_bytes=%" PRIu64 " heap_bytes=%" PRIu64 " scan_us=%" PRIu64, scan->root_bytes,
           scan->heap_bytes, scan->scan_us);
    dump_sums("objects", scan->objects);
    dump_sums("bytes", scan->bytes);
    mt_dump_flags("flags", scan->flags, flags);
    putchar('\n');
    mt_seen_facts(mt_trace_snapshot(trace, age), MT_SNAPSHOT_HEADS, dump_heads, NULL);
    mt_seen_facts(mt_trace_snapshot(trace, age), MT_SNAPSHOT_CHAIN, dump_chain, NULL);
}

static const char *name_of(enum mt_verdict verdict)
{
    return verdict == MT_VERDICT_SUSPECT ? "suspect" : mt_verdict_name(verdict);
}

void mt_dump_verdicts(enum mt_verdict verdict, enum mt_verdict before)
{
    if (verdict != MT_VERDICT_NONE)
        printf(" verdict=%s", name_of(verdict));
    if (before != MT_VERDICT_NONE)
        printf(" verdict_before=%s", name_of(before));
}
