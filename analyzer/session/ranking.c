/* ranking.c: from the accounts of a trace that is being written to the stacks that hold most bytes
 * now: the sums over threads, by an array, then the largest, by a sort. */
#include "ranking.h"

#include <stdlib.h>
#include <unistd.h>
#include "live_figures.h"
#include "memtrace/trace_accounts.h"

enum {
    PAGES = MT_UNIT_BYTES / MT_ACCOUNT_PAGE_BYTES - 1,
    PAGE_NUMBERS = 1 << 14, /* that are looked through: a million nodes */
};

struct held {
    uint32_t stack;
    uint64_t blocks, bytes;
};

struct sums {
    struct held *at; /* by stack */
    size_t count;
    bool has_failed;
};

union unit {
    uint64_t words[MT_UNIT_BYTES / 8];
    struct mt_account accounts[1 + PAGES][MT_ACCOUNTS_PER_PAGE];
};

/* Room for the stacks of a page. */
static bool make_room(struct sums *sums, uint32_t page)
{
    const size_t count = ((size_t)page + 1) * MT_ACCOUNTS_PER_PAGE;
    if (page >= PAGE_NUMBERS)
        return false;
    if (count <= sums->count)
        return true;
    struct held *at = reallocarray(sums->at, 2 * count, sizeof *at);
    if (!at)
        return false;
    for (size_t i = sums->count; i < 2 * count; i++)
        at[i] = (struct held){.stack = (uint32_t)i};
    sums->at = at;
    sums->count = 2 * count;
    return true;
}

static bool add_extent(int fd, const struct mt_extent *head, uint64_t offset, void *context)
{
    static union unit unit;
    struct sums *sums = context;
    if (head->kind != MT_EXTENT_ACCOUNTS)
        return true;
    if (pread(fd, &unit, sizeof unit, (off_t)offset) != sizeof unit)
        return !(sums->has_failed = true);
    for (int i = 0; i < PAGES; i++) {
        const uint64_t label = unit.words[MT_ACCOUNT_LABELS_OFFSET / 8 + i];
        const uint32_t page = mt_account_label_page(label);
        if (!label)
            continue;
        if (!make_room(sums, page))
            return !(sums->has_failed = true);
        for (int j = 0; j < MT_ACCOUNTS_PER_PAGE; j++) {
            const struct mt_account *account = &unit.accounts[1 + i][j];
            struct held *held = &sums->at[page * MT_ACCOUNTS_PER_PAGE + (uint32_t)j];
            held->blocks += account->allocations - account->releases;
            held->bytes += account->allocated_bytes - account->released_bytes;
        }
    }
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct held *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

/* Moves those that hold anything to the front. Sums of a moment may be below zero: what was
 * released by one thread was read after what another allocated. */
static size_t keep_holders(struct sums *sums)
{
    size_t kept = 0;
    for (size_t i = 0; i < sums->count; i++)
        if ((int64_t)sums->at[i].bytes > 0 && (int64_t)sums->at[i].blocks > 0)
            sums->at[kept++] = sums->at[i];
    return kept;
}

bool mt_rank_sites(int fd, struct mt_sample *ret_ranking)
{
    struct sums sums = {0};
    const bool is_whole = mt_live_extents(fd, add_extent, &sums) && !sums.has_failed;
    const bool is_known = is_whole && sums.count > 0;
    const size_t count = is_known ? keep_holders(&sums) : 0;
    if (count)
        qsort(sums.at, count, sizeof *sums.at, compare);
    for (size_t i = 0; i < MT_RANKED_MAX; i++) {
        const struct held *held = i < count ? &sums.at[i] : NULL;
        ret_ranking->figures[2 * i] =
            held ? mt_ranked_word(held->stack, held->blocks) : MT_FIGURE_UNKNOWN;
        ret_ranking->figures[2 * i + 1] = held ? held->bytes : MT_FIGURE_UNKNOWN;
    }
    free(sums.at);
    return is_known;
}
