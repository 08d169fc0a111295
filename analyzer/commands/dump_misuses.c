/* dump_misuses.c: what was done wrong, in lines of memtrace dump; see dump.h. */
#include <inttypes.h>
#include <stdio.h>
#include "dump.h"
#include "misuses.h"

static const struct mt_dump_flag flags[] = {
    {MT_MISUSE_WRITE, "write"},
    {MT_MISUSE_UNSURE, "unsure"},
    {MT_MISUSE_STOPPED, "stopped"},
    {0, NULL},
};

static void dump_misuse(const struct mt_misuse *misuse)
{
    const char *place = mt_place_name(misuse->place);
    printf("error kind=%s count=%" PRIu64 " function=\"%s\" address=0x%" PRIx64,
           mt_misuse_key_name(misuse->kind), misuse->count,
           misuse->function ? mt_function_name((enum mt_function)misuse->function) : "",
           misuse->address);
    printf(" bytes=%" PRIu64 " block=0x%" PRIx64 " block_bytes=%" PRIu64, misuse->bytes,
           misuse->block, misuse->block_bytes);
    printf(" stack=%" PRIu32 " allocated=%" PRIu32 " freed=%" PRIu32, misuse->stack,
           misuse->allocated, misuse->freed);
    if (misuse->freed_function)
        printf(" freed_function=\"%s\" freed_ms=%" PRIu64 " freed_thread=%d",
               mt_function_name((enum mt_function)misuse->freed_function), misuse->freed_ms,
               misuse->freed_thread);
    printf(" place=%s detail=%" PRIu32, place ? place : "-", misuse->detail);
    printf(" tid=%" PRIu32 " thread=%d first_ms=%" PRIu64 " last_ms=%" PRIu64, misuse->tid,
           misuse->thread, misuse->first_ms, misuse->last_ms);
    mt_dump_flags("flags", misuse->flags, flags);
    putchar('\n');
}

void mt_dump_misuses(const struct mt_trace *trace)
{
    static const struct mt_dump_flag checks[] = {
        {MT_CHECKED_CALLS, "calls"},
        {MT_CHECKED_GUARDS, "guards"},
        {MT_CHECKED_CANARIES, "canaries"},
        {0, NULL},
    };
    size_t count;
    const struct mt_misuse *misuses = mt_trace_misuses(trace, &count);
    if (mt_trace_checks(trace) || count) {
        printf("errors");
        mt_dump_flags("checks", mt_trace_checks(trace), checks);
        printf(" count=%zu lost=%" PRIu64 " blind=%" PRIu64 "\n", count,
               mt_trace_lost_misuses(trace), mt_trace_blind_calls(trace));
    }
    for (size_t i = 0; i < count; i++)
        dump_misuse(&misuses[i]);
}
