/* trace_accounts.h: what each stack has allocated and released, and held when most was alive:
 * ACCOUNTS extents of the trace (trace_format.h). A sampled trace has none. */
#ifndef MEMTRACE_TRACE_ACCOUNTS_H
#define MEMTRACE_TRACE_ACCOUNTS_H

#include "memtrace/trace_format.h"

enum {
    MT_ACCOUNT_BYTES = 64,
    MT_ACCOUNT_PAGE_BYTES = 4096,
    MT_ACCOUNTS_PER_PAGE = MT_ACCOUNT_PAGE_BYTES / MT_ACCOUNT_BYTES,
    MT_ACCOUNT_PAGE_BITS = MT_NODE_BITS - 6, /* of a page's number: node id / PER_PAGE */
    MT_ACCOUNT_LABELS_OFFSET = 64,
};

/* One stack, of one thread slot: the sums over all slots are those of the stack. Written by its
 * thread alone, without atomic read-modify-write; a reader sees each word whole.
 *
 * Of the peak: mt_header.peak_number counts the highest levels of live bytes that were met, each a
 * little above the one before. A stack's first change after that level keeps what it held at it: so
 * where `peak` is peak_number, the kept figures are those of the peak; else nothing has changed
 * since and what the stack holds now is what it held then. */
struct mt_account {
    uint64_t allocations; /* blocks given; a resize gives a new one */
    uint64_t allocated_bytes;
    uint64_t releases; /* by this thread, whoever was given the block */
    uint64_t released_bytes;
    uint64_t temporary; /* of the releases: of the block that this thread was given last */
    uint64_t temporary_bytes;
    int64_t peak_bytes;  /* allocated - released when peak_number became `peak` */
    int32_t peak_blocks; /* the same of blocks */
    uint32_t peak;
};
static_assert(sizeof(struct mt_account) == MT_ACCOUNT_BYTES, "account");

/* An extent is a head page, then pages of accounts from the second page on. The head page has a
 * label for each, from byte 64 on: page 1 + i has label i, 0 where it holds no accounts. */
static inline uint64_t mt_account_label(uint32_t thread, uint32_t page)
{
    return (uint64_t)thread << 32 | page;
}

static inline uint32_t mt_account_label_page(uint64_t label)
{
    return (uint32_t)label;
}

#endif
