/* dump_accounts.c: what each stack allocated, released, and held at the peak, in lines of memtrace
 * dump; see dump.h. */
#include <inttypes.h>
#include <stdio.h>
#include "accounts.h"
#include "dump.h"

void mt_dump_accounts(const struct mt_trace *trace)
{
    uint64_t peak_ms, kept_bytes;
    if (mt_trace_peak(trace, &peak_ms, &kept_bytes))
        printf("peak taken_ms=%" PRIu64 " kept_bytes=%" PRIu64 " number=%" PRIu64 "\n", peak_ms,
               kept_bytes, mt_trace_header(trace)->peak_number);
    for (uint32_t stack = 1; stack < mt_trace_node_limit(trace); stack++) {
        const struct mt_account_sum *account = mt_trace_account(trace, stack);
        if (!account || (!account->allocations && !account->releases))
            continue;
        printf("account stack=%" PRIu32 " allocations=%" PRIu64 " allocated_bytes=%" PRIu64
               " releases=%" PRIu64 " released_bytes=%" PRIu64,
               stack, account->allocations, account->allocated_bytes, account->releases,
               account->released_bytes);
        printf(" temporary=%" PRIu64 " temporary_bytes=%" PRIu64 " peak_blocks=%" PRIu64
               " peak_bytes=%" PRIu64 "\n",
               account->temporary, account->temporary_bytes, account->peak_blocks,
               account->peak_bytes);
    }
}
