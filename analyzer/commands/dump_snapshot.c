/* dump_snapshot.c: see dump.h. A snapshot's line, its scan, then a line for each area, each
 * followed by the runs of its pages. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include "dump.h"
#include "snapshot.h"

static void dump_runs(const struct mt_seen_area *area)
{
    static const struct mt_dump_flag states[] = {
        {MT_PAGE_PRESENT, "present"}, {MT_PAGE_SWAPPED, "swapped"}, {MT_PAGE_FILE, "file"},
        {MT_PAGE_ZERO, "zero"},       {MT_PAGE_HUGE, "huge"},       {0, NULL},
    };
    for (size_t i = 0; i < area->run_count; i++) {
        printf("pages first=%" PRIu64 " count=%" PRIu64, mt_pages_first(area->runs[i]),
               mt_pages_count(area->runs[i]));
        mt_dump_flags("state", mt_pages_state(area->runs[i]), states);
        putchar('\n');
    }
}

static void dump_area(const struct mt_seen_area *area)
{
    static const struct mt_dump_flag flags[] = {
        {MT_AREA_SHARED, "shared"},
        {MT_AREA_TRACER, "tracer"},
        {MT_AREA_NO_PAGES, "no_pages"},
        {0, NULL},
    };
    printf("area start=0x%" PRIx64 " end=0x%" PRIx64 " protection=%c%c%c", area->start, area->end,
           area->protection & PROT_READ ? 'r' : '-', area->protection & PROT_WRITE ? 'w' : '-',
           area->protection & PROT_EXEC ? 'x' : '-');
    printf(" offset=%" PRIu64 " device=%02x:%02x inode=%" PRIu64, area->file_offset,
           area->device >> 20, area->device & 0xfffff, area->inode);
    mt_dump_flags("flags", area->flags, flags);
    mt_dump_text("name", area->name);
    putchar('\n');
    dump_runs(area);
}

void mt_dump_snapshots(const struct mt_trace *trace)
{
    static const char *const causes[] = {"-", "exit", "request", "program"};
    for (unsigned age = MT_NEWEST; age < MT_PLANES; age++) {
        const struct mt_seen *seen = mt_trace_snapshot(trace, age);
        if (!seen)
            continue;
        const char *method = mt_residency_name(seen->head.residency);
        printf("snapshot number=%" PRIu64 " cause=%s taken_ms=%" PRIu64 " residency=%s",
               seen->head.number, seen->head.cause <= 3 ? causes[seen->head.cause] : "-",
               seen->head.taken_ms, method ? method : "-");
        printf(" page_bytes=%" PRIu64 " pages_us=%" PRIu64 " paused_us=%" PRIu64 " areas=%zu\n",
               seen->head.page_bytes, seen->head.pages_us, seen->head.paused_us, seen->area_count);
        mt_dump_scan(trace, age);
        for (size_t i = 0; i < seen->area_count; i++)
            dump_area(&seen->areas[i]);
    }
}
