/* accounts.c: takes the first change of a stack by a thread; gives the place where it is written
 * down. Keeps the live bytes of the process and their peak. Each thread has accounts of its own, so
 * that a change is a few plain additions and no two threads meet in a cache line: a page of
 * accounts for each run of 64 stacks that the thread meets, found through an index of two levels,
 * the first of which lies with the thread's state.
 *
 * Pages, and those of the index, come from ACCOUNTS extents, one by one. Without room a page of no
 * thread stands in, so that the way of an allocation has no further case.
 *
 * A signal handler's hook that comes between may make a page twice, and readers add up both; or
 * change an account of which the peak is just being kept: it is off by that one block. */
#include "accounts.h"

#include "extents.h"
#include "options.h"

enum {
    UNITS = 1,
    PAGES = UNITS * (MT_UNIT_BYTES / MT_ACCOUNT_PAGE_BYTES) - 1, /* behind the head page */
};

uint32_t mt_account_peaks __attribute__((aligned(64)));

static struct mt_account nowhere[MT_ACCOUNTS_PER_PAGE];
static struct mt_account *nowhere_index[MT_ACCOUNT_INDEX] = {[0 ... MT_ACCOUNT_INDEX - 1] =
                                                                 nowhere};

/* Makes the extent that pages come from, in place of `full`. Release: who takes from it sees its
 * head. */
static void make_extent(struct mt_extent *full)
{
    struct mt_extent *made = mt_extent_take_sparse(UNITS);
    if (!made)
        return;
    const uint32_t ordinal = __atomic_fetch_add(&mt_process->accounts_ordinal, 1, __ATOMIC_RELAXED);
    mt_extent_publish(made, MT_EXTENT_ACCOUNTS, UNITS, ordinal, 0);
    /* One that lost the race stays empty. */
    __atomic_compare_exchange_n(&mt_process->accounts, &full, made, 0, __ATOMIC_RELEASE,
                                __ATOMIC_RELAXED);
}

static void replace_extent(struct mt_extent *full)
{
    uint64_t signals;
    const int entered = mt_extents_enter(&signals);
    if (__atomic_load_n(&mt_process->accounts, __ATOMIC_ACQUIRE) == full)
        make_extent(full);
    mt_extents_leave(entered, signals);
}

/* A fresh page and its label; NULL where there is no room. The counter may pass the capacity:
 * readers bound it. */
static void *take_page(uint64_t **ret_label)
{
    for (int attempt = 0; attempt < 4; attempt++) {
        struct mt_extent *extent = __atomic_load_n(&mt_process->accounts, __ATOMIC_ACQUIRE);
        if (extent) {
            const uint64_t i = __atomic_fetch_add(&extent->used, 1, __ATOMIC_RELAXED);
            char *page = (char *)extent + (1 + i) * MT_ACCOUNT_PAGE_BYTES;
            *ret_label = (uint64_t *)((char *)extent + MT_ACCOUNT_LABELS_OFFSET) + i;
            if (i < PAGES)
                return mt_extent_back(page, MT_ACCOUNT_PAGE_BYTES) ? page : NULL;
        }
        replace_extent(extent);
    }
    return NULL;
}

struct mt_account *mt_account_make(struct mt_thread_state *thread, uint32_t stack)
{
    struct mt_account ***top = &thread->accounts[stack >> MT_ACCOUNT_INDEX_SHIFT];
    uint64_t *label;
    if (!*top)
        *top = take_page(&label);
    if (!*top)
        *top = nowhere_index;
    const uint32_t number = stack / MT_ACCOUNTS_PER_PAGE;
    struct mt_account **at = &(*top)[number % MT_ACCOUNT_INDEX];
    if (!*at) {
        *at = take_page(&label);
        if (*at) /* release: a reader that sees the label sees the page's zeros */
            __atomic_store_n(label, mt_account_label(thread->slot, number), __ATOMIC_RELEASE);
        else
            *at = nowhere;
    }
    return *at + stack % MT_ACCOUNTS_PER_PAGE;
}

void mt_account_keep(struct mt_account *account)
{
    account->peak_blocks = (int32_t)(account->allocations - account->releases);
    account->peak_bytes = (int64_t)(account->allocated_bytes - account->released_bytes);
    __atomic_store_n(&account->peak, mt_account_peaks, __ATOMIC_RELEASE);
}

/* ---- live bytes and their peak ---- */

/* Adds what this thread's live bytes have changed by to the header's, and the peak they have had
 * in between. A signal handler that does the same in the middle adds its share: the sum holds.
 * Returns whether the peak is higher than it was. */
static int add_live_bytes(struct mt_thread_state *thread)
{
    struct mt_header *header = mt_process->header;
    struct mt_thread *record = thread->record;
    const int64_t added = record->live_added;
    const int64_t step = mt_live_of(record) - added, high = record->live_high - added;
    mt_thread_add((uint64_t *)&record->live_added, (uint64_t)step);
    record->live_high = mt_live_of(record);
    const int64_t before = __atomic_fetch_add(&header->live_bytes, step, __ATOMIC_RELAXED);
    int64_t peak = __atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED);
    const int64_t share = peak / MT_PEAK_SHARE + 1;
    thread->live_next =
        mt_live_of(record) + (share < MT_LIVE_BYTES_STEP ? share : MT_LIVE_BYTES_STEP);
    while (before + high > peak)
        if (__atomic_compare_exchange_n(&header->peak_bytes, &peak, before + high, 1,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return 1;
    return 0;
}

MT_ASIDE void mt_account_fall(struct mt_thread_state *thread)
{
    add_live_bytes(thread);
}

/* What was higher before was so by less than a step: so this is the state to be kept. */
MT_ASIDE void mt_account_rise(struct mt_thread_state *thread)
{
    struct mt_header *header = mt_process->header;
    if (!add_live_bytes(thread) || !thread->accounts)
        return;
    const uint32_t number = __atomic_add_fetch(&mt_account_peaks, 1, __ATOMIC_RELAXED);
    header->peak_kept_bytes = (uint64_t)__atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED);
    header->peak_ms = mt_process_now_ms();
    __atomic_store_n(&header->peak_number, number, __ATOMIC_RELEASE);
}
