/* accounts.c: from the pages of ACCOUNTS extents to one sum for each stack. Pages are labelled with
 * the stacks that they are of; those of several threads are added up. While the process runs the
 * words of an account may be a block apart. */
#include "accounts.h"

#include <stdlib.h>
#include "trace_parts.h"

enum { PAGES_MAX = MT_UNIT_BYTES / MT_ACCOUNT_PAGE_BYTES - 1 };

/* Room for the accounts of every stack of the page. */
static int make_room(struct mt_accounts *accounts, uint32_t page)
{
    const size_t count = ((size_t)page + 1) * MT_ACCOUNTS_PER_PAGE;
    if (count <= accounts->count)
        return 0;
    size_t room = accounts->room ? accounts->room : 1024;
    while (room < count)
        room *= 2;
    if (room > accounts->room) {
        struct mt_account_sum *sums = reallocarray(accounts->sums, room, sizeof *sums);
        if (!sums)
            return -1;
        accounts->sums = sums;
        accounts->room = room;
    }
    for (size_t i = accounts->count; i < count; i++)
        accounts->sums[i] = (struct mt_account_sum){0};
    accounts->count = count;
    return 0;
}

/* What a thread adds to the sum at the peak may be negative: it released what others allocated. */
static void add(struct mt_account_sum *sum, const struct mt_account *account, uint64_t peak)
{
    const bool is_kept = account->peak == peak;
    sum->allocations += account->allocations;
    sum->allocated_bytes += account->allocated_bytes;
    sum->releases += account->releases;
    sum->released_bytes += account->released_bytes;
    sum->temporary += account->temporary;
    sum->temporary_bytes += account->temporary_bytes;
    sum->peak_blocks += is_kept ? (uint64_t)(int64_t)account->peak_blocks
                                : account->allocations - account->releases;
    sum->peak_bytes += is_kept ? (uint64_t)account->peak_bytes
                               : account->allocated_bytes - account->released_bytes;
}

static int read_page(struct mt_trace *trace, uint64_t offset, uint32_t page)
{
    struct mt_account read[MT_ACCOUNTS_PER_PAGE];
    if (page >= 1u << MT_ACCOUNT_PAGE_BITS) {
        mt_trace_note(trace, &trace->damage.bad_extents, offset, "accounts of impossible stacks");
        return 0;
    }
    if (make_room(&trace->accounts, page) != 0)
        return -1;
    mt_trace_read(trace, offset, read, sizeof read);
    for (uint32_t i = 0; i < MT_ACCOUNTS_PER_PAGE; i++)
        add(&trace->accounts.sums[page * MT_ACCOUNTS_PER_PAGE + i], &read[i],
            trace->header.peak_number);
    return 0;
}

static int read_extent(struct mt_trace *trace, const struct mt_place *place)
{
    uint64_t labels[PAGES_MAX];
    mt_trace_read(trace, place->offset + MT_ACCOUNT_LABELS_OFFSET, labels, sizeof labels);
    for (uint32_t i = 0; i < PAGES_MAX; i++)
        if (labels[i] && read_page(trace, place->offset + (1 + i) * MT_ACCOUNT_PAGE_BYTES,
                                   mt_account_label_page(labels[i])) != 0)
            return -1;
    return 0;
}

/* In a damaged trace sums may have wrapped below zero. */
static uint64_t at_least_none(uint64_t sum)
{
    return (int64_t)sum < 0 ? 0 : sum;
}

int mt_accounts_read(struct mt_trace *trace, const struct mt_places *places)
{
    struct mt_accounts *accounts = &trace->accounts;
    /* The number of the peak as it is now: accounts that change meanwhile keep what they held. */
    if (trace->is_live)
        mt_trace_take_newest(trace);
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_ACCOUNTS && read_extent(trace, &places->at[i]) != 0)
            return -1;
    for (size_t i = 0; i < accounts->count; i++) {
        struct mt_account_sum *sum = &accounts->sums[i];
        sum->peak_blocks = trace->header.peak_number ? at_least_none(sum->peak_blocks) : 0;
        sum->peak_bytes = trace->header.peak_number ? at_least_none(sum->peak_bytes) : 0;
    }
    return 0;
}

void mt_accounts_finish(struct mt_accounts *accounts)
{
    free(accounts->sums);
}

bool mt_trace_has_accounts(const struct mt_trace *trace)
{
    return trace->accounts.count > 0;
}

const struct mt_account_sum *mt_trace_account(const struct mt_trace *trace, uint32_t stack)
{
    return stack && stack < trace->accounts.count ? &trace->accounts.sums[stack] : NULL;
}

bool mt_trace_peak(const struct mt_trace *trace, uint64_t *ret_ms, uint64_t *ret_bytes)
{
    *ret_ms = trace->header.peak_ms;
    *ret_bytes = trace->header.peak_kept_bytes;
    return trace->header.peak_number && mt_trace_has_accounts(trace);
}
