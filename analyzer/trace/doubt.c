/* doubt.c: a tracer that saw nothing and a program that leaked nothing write the same empty list.
 * What tells them apart is in the header and the counters of the trace; it is judged here, once,
 * for the report's warning and for the gate. Lost stacks or names are no reason to doubt: the
 * blocks are counted all the same. */
#include "doubt.h"

#include <inttypes.h>
#include <stdio.h>

const char *mt_trace_loss(const struct mt_trace *trace, char text[MT_DOUBT_BYTES])
{
    const struct mt_header *header = mt_trace_header(trace);
    const struct mt_damage *damage = mt_trace_damage(trace);
    const uint64_t bad = damage->bad_extents + damage->bad_blocks + damage->bad_nodes +
                         damage->bad_facts + damage->bad_mappings + damage->bad_misuses +
                         damage->missing_bytes;
    if (header->flags & MT_FLAG_FOREIGN_MALLOC)
        snprintf(text, MT_DOUBT_BYTES,
                 "the program defines malloc itself, or loads one before the tracer's, so its "
                 "allocations were not seen (link its allocator as a shared library, preload it "
                 "after libmemtrace.so)");
    else if (header->flags & MT_FLAG_CUT)
        snprintf(text, MT_DOUBT_BYTES,
                 "somebody cut the trace while it was written, or it could not be stored: part of "
                 "it is lost (record it again)");
    else if (bad > 0)
        snprintf(text, MT_DOUBT_BYTES, "the trace is damaged: %s (record it again)", damage->first);
    else if (damage->lost_blocks > 0)
        snprintf(text, MT_DOUBT_BYTES,
                 "%" PRIu64 " allocations were not recorded for want of room (is the disk full, or "
                 "a limit set?)",
                 damage->lost_blocks);
    else if (damage->lost_mappings > 0)
        snprintf(text, MT_DOUBT_BYTES,
                 "%" PRIu64 " mappings were not recorded for want of room (is the disk full, or a "
                 "limit set?)",
                 damage->lost_mappings);
    else if (header->flags & MT_FLAG_FULL)
        snprintf(text, MT_DOUBT_BYTES,
                 "there was no room for the whole trace (is the disk full, or a limit set?)");
    else
        return NULL;
    return text;
}

const char *mt_trace_doubt(const struct mt_trace *trace, char text[MT_DOUBT_BYTES])
{
    if (mt_trace_loss(trace, text))
        return text;
    if (mt_trace_totals(trace).allocations > 0)
        return NULL;
    snprintf(text, MT_DOUBT_BYTES, "%s", MT_DOUBT_SILENT);
    return text;
}
