/* accounts.c: from the pages of ACCOUNTS extents to one sum for each stack. Pages are labelled with
 * the stacks that they are of; those of several threads are added up. While the process runs the
 * words of an account may be a block apart. */
#include "accounts.h"

#include <stdlib.h>
#include "trace_parts.h"

enum {
    PAGES_MAX = MT_UNIT_BYTES / MT_ACCOUNT_PAGE_BYTES - 1,
    PAGE_NUMBERS = 1 << MT_ACCOUNT_PAGE_BITS,
};

/* The sums of a page, made at its first account; NULL where memory runs out. */
static struct mt_account_sum *sums_of(struct mt_accounts *accounts, uint32_t page)
{
    if (!accounts->page && !(accounts->page = calloc(PAGE_NUMBERS, sizeof *accounts->page)))
        return NULL;
    struct mt_account_sum **sums = &accounts->page[page];
    if (!*sums)
        *sums = calloc(MT_ACCOUNTS_PER_PAGE, sizeof **sums);
    return *sums;
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
    if (page >= PAGE_NUMBERS) {
        mt_trace_note(trace, &trace->damage.bad_extents, offset, "accounts of impossible stacks");
        return 0;
    }
    struct mt_account_sum *sums = sums_of(&trace->accounts, page);
    if (!sums)
        return -1;
    mt_trace_read(trace, offset, read, sizeof read);
    for (uint32_t i = 0; i < MT_ACCOUNTS_PER_PAGE; i++)
        add(&sums[i], &read[i], trace->header.peak_number);
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
static void settle(struct mt_account_sum *sum, bool has_peak)
{
    if (!has_peak || (int64_t)sum->peak_blocks < 0)
        sum->peak_blocks = 0;
    if (!has_peak || (int64_t)sum->peak_bytes < 0)
        sum->peak_bytes = 0;
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
    for (uint32_t page = 0; accounts->page && page < PAGE_NUMBERS; page++)
        for (uint32_t i = 0; accounts->page[page] && i < MT_ACCOUNTS_PER_PAGE; i++)
            settle(&accounts->page[page][i], trace->header.peak_number != 0);
    return 0;
}

void mt_accounts_finish(struct mt_accounts *accounts)
{
    for (uint32_t page = 0; accounts->page && page < PAGE_NUMBERS; page++)
        free(accounts->page[page]);
    free(accounts->page);
}

bool mt_trace_has_accounts(const struct mt_trace *trace)
{
    return trace->accounts.page != NULL;
}

const struct mt_account_sum *mt_trace_account(const struct mt_trace *trace, uint32_t stack)
{
    const uint32_t page = stack / MT_ACCOUNTS_PER_PAGE;
    struct mt_account_sum **pages = trace->accounts.page;
    return pages && page < PAGE_NUMBERS && pages[page] ? &pages[page][stack % MT_ACCOUNTS_PER_PAGE]
                                                       : NULL;
}

bool mt_trace_peak(const struct mt_trace *trace, uint64_t *ret_ms, uint64_t *ret_bytes)
{
    *ret_ms = trace->header.peak_ms;
    *ret_bytes = trace->header.peak_kept_bytes;
    return trace->header.peak_number && mt_trace_has_accounts(trace);
}
