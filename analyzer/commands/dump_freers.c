/* dump_freers.c: who released what, in lines of memtrace dump; see dump.h. */
#include <inttypes.h>
#include <stdio.h>
#include "dump.h"
#include "freers.h"

void mt_dump_freers(const struct mt_trace *trace)
{
    for (uint32_t stack = 1; stack < mt_trace_node_limit(trace); stack++) {
        struct mt_freers freers;
        if (!mt_trace_freers(trace, stack, &freers) || !freers.freed)
            continue;
        printf("freed stack=%" PRIu32 " blocks=%" PRIu64 " live=%" PRIu64 " asked=%" PRIu64
               " by=\"",
               stack, freers.freed, freers.live, freers.asked);
        for (unsigned i = 0; i < freers.count; i++)
            printf("%s%" PRIu32 ":%" PRIu64, i ? "," : "", freers.by[i].stack, freers.by[i].blocks);
        puts("\"");
    }
    if (mt_trace_header(trace)->lost_freed)
        printf("freed lost=%" PRIu64 "\n", mt_trace_header(trace)->lost_freed);
}
