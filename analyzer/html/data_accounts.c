/* data_accounts.c: what each stack has allocated in its life, released at once, and held at the
 * peak, as columns. Most stacks of a long life are small ones: those with the largest part of any
 * of the sums are written, the others added up in one row without a stack, so that the sums are
 * true. */
#include <inttypes.h>
#include <stdlib.h>
#include "accounts.h"
#include "data.h"

enum { ACCOUNTS_MAX = 5000 };

struct account {
    struct mt_account_sum sum;
    uint32_t stack; /* 0: of several */
    double share;   /* the largest part that it has of any sum */
};

struct accounts {
    struct account *items; /* room for one more than there are */
    size_t count;
    struct mt_account_sum all;
};

static double larger_share(double share, uint64_t part, uint64_t whole)
{
    const double other = whole ? (double)part / (double)whole : 0;
    return other > share ? other : share;
}

static double share_of(const struct mt_account_sum *sum, const struct mt_account_sum *all)
{
    double share = larger_share(0, sum->allocations, all->allocations);
    share = larger_share(share, sum->allocated_bytes, all->allocated_bytes);
    share = larger_share(share, sum->temporary, all->temporary);
    share = larger_share(share, sum->temporary_bytes, all->temporary_bytes);
    share = larger_share(share, sum->peak_blocks, all->peak_blocks);
    return larger_share(share, sum->peak_bytes, all->peak_bytes);
}

static int compare(const void *left, const void *right)
{
    const struct account *a = left, *b = right;
    if (a->share != b->share)
        return a->share > b->share ? -1 : 1;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

static bool collect(const struct mt_trace *trace, struct accounts *accounts)
{
    const uint32_t limit = mt_trace_node_limit(trace);
    size_t count = 0;
    for (uint32_t id = 1; id < limit; id++)
        count += mt_trace_account(trace, id) != NULL;
    if (!(accounts->items = calloc(count + 1, sizeof *accounts->items)))
        return false;
    for (uint32_t id = 1; id < limit && accounts->count < count; id++) {
        const struct mt_account_sum *sum = mt_trace_account(trace, id);
        if (!sum)
            continue;
        accounts->items[accounts->count++] = (struct account){.sum = *sum, .stack = id};
        mt_account_sum_add(&accounts->all, sum);
    }
    for (size_t i = 0; i < accounts->count; i++)
        accounts->items[i].share = share_of(&accounts->items[i].sum, &accounts->all);
    qsort(accounts->items, accounts->count, sizeof *accounts->items, compare);
    return true;
}

/* Leaves the first ones, and behind them one with the sum of the rest. */
static void add_up_rest(struct accounts *accounts)
{
    struct account rest = {.stack = 0};
    if (accounts->count <= ACCOUNTS_MAX)
        return;
    for (size_t i = ACCOUNTS_MAX; i < accounts->count; i++)
        mt_account_sum_add(&rest.sum, &accounts->items[i].sum);
    accounts->items[ACCOUNTS_MAX] = rest;
    accounts->count = ACCOUNTS_MAX + 1;
}

#define WRITE_SUMS(name, member)                                                                   \
    do {                                                                                           \
        fprintf(out, ",\n\"%s\":[", name);                                                         \
        for (size_t i = 0; i < accounts.count; i++)                                                \
            fprintf(out, i ? ",%" PRIu64 : "%" PRIu64, accounts.items[i].sum.member);              \
        fputs("]", out);                                                                           \
    } while (0)

void mt_data_write_accounts(const struct mt_report *report, struct mt_stacks *stacks, FILE *out)
{
    struct accounts accounts = {0};
    if (!mt_trace_has_accounts(report->trace) || !collect(report->trace, &accounts)) {
        fputs("\"accounts\":null,\n", out);
        return;
    }
    add_up_rest(&accounts);
    fprintf(out, "\"has_peak\":%s,\"accounts\":{\"node\":[",
            mt_trace_header(report->trace)->peak_number ? "true" : "false");
    for (size_t i = 0; i < accounts.count; i++)
        fprintf(out, i ? ",%ld" : "%ld", mt_stacks_add(stacks, accounts.items[i].stack));
    fputc(']', out);
    WRITE_SUMS("allocated_bytes", allocated_bytes);
    WRITE_SUMS("allocated_objects", allocations);
    WRITE_SUMS("temporary_bytes", temporary_bytes);
    WRITE_SUMS("temporary_objects", temporary);
    WRITE_SUMS("peak_bytes", peak_bytes);
    WRITE_SUMS("peak_objects", peak_blocks);
    fputs("},\n", out);
    free(accounts.items);
}
