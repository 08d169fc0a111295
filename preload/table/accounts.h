/* accounts.h: what each thread has allocated and released; and, with option peak, what each stack
 * has, and held at the peak. See trace_accounts.h. */
#ifndef MT_ACCOUNTS_H
#define MT_ACCOUNTS_H

#include "hot.h"
#include "memtrace/trace_accounts.h"
#include "options.h"
#include "process.h"
#include "sample.h"
#include "thread.h"

/* mt_header.peak_number, where all threads read it; atomic. A forked child counts on from its
 * parent's. */
extern uint32_t mt_account_peaks;

/* Index and page of an account that has none yet. Never NULL: without room what is stored there
 * goes nowhere. */
struct mt_account *mt_account_make(struct mt_thread_state *thread, uint32_t stack);

/* Keeps what the account held at the peak, before the first change after it. */
void mt_account_keep(struct mt_account *account);

/* The account of `stack` with this thread, which has some, ready to be changed. */
static inline struct mt_account *mt_account_of(struct mt_thread_state *thread, uint32_t stack)
{
    struct mt_account **index = thread->accounts[stack >> MT_ACCOUNT_INDEX_SHIFT];
    struct mt_account *page =
        LIKELY(index) ? index[stack / MT_ACCOUNTS_PER_PAGE % MT_ACCOUNT_INDEX] : NULL;
    struct mt_account *account =
        LIKELY(page) ? page + stack % MT_ACCOUNTS_PER_PAGE : mt_account_make(thread, stack);
    if (UNLIKELY(account->peak != mt_account_peaks))
        mt_account_keep(account);
    return account;
}

enum {
    MT_LIVE_BYTES_STEP = 64 * 1024, /* a thread adds its share to the header in such steps, */
    MT_PEAK_SHARE = 128,            /* or in smaller ones, of the peak, where it rises */
};

static inline int64_t mt_live_of(const struct mt_thread *record)
{
    return (int64_t)(record->allocated_bytes - record->freed_bytes);
}

/* Adds what this thread's live bytes have changed by to the header's; and the same where they are
 * more than ever, and so perhaps those of the process. */
void mt_account_fall(struct mt_thread_state *thread);
void mt_account_rise(struct mt_thread_state *thread);

/* What a record of this size adds to its thread's sums. Who comes the short way has no samples,
 * which the compiler sees. */
static inline uint64_t mt_account_share(const struct mt_thread_state *thread, size_t size_bytes)
{
    return UNLIKELY(thread->way & MT_WAY_SAMPLES)
               ? mt_sample_bytes(size_bytes, mt_options.sample_bytes)
               : size_bytes;
}

static inline void mt_account_allocation(struct mt_thread_state *thread, uint32_t stack,
                                         size_t size_bytes, const void *block)
{
    struct mt_thread *record = thread->record;
    if (UNLIKELY(thread->accounts != NULL)) {
        struct mt_account *account = mt_account_of(thread, stack);
        thread->last = block;
        mt_thread_add(&account->allocations, 1);
        mt_thread_add(&account->allocated_bytes, size_bytes);
    }
    mt_thread_add(&record->allocated_bytes, mt_account_share(thread, size_bytes));
    const int64_t live = mt_live_of(record);
    if (live <= record->live_high)
        return;
    record->live_high = live;
    if (UNLIKELY(live >= thread->live_next))
        mt_account_rise(thread);
}

/* `block`: NULL where it is not known. */
static inline void mt_account_release(struct mt_thread_state *thread, uint32_t stack,
                                      size_t size_bytes, const void *block)
{
    struct mt_thread *record = thread->record;
    if (UNLIKELY(thread->accounts != NULL)) {
        struct mt_account *account = mt_account_of(thread, stack);
        const uint64_t is_temporary = block == thread->last;
        mt_thread_add(&account->releases, 1);
        mt_thread_add(&account->released_bytes, size_bytes);
        mt_thread_add(&account->temporary, is_temporary);
        mt_thread_add(&account->temporary_bytes, is_temporary ? size_bytes : 0);
    }
    mt_thread_add(&record->freed_bytes, mt_account_share(thread, size_bytes));
    if (UNLIKELY(mt_live_of(record) - record->live_added <= -MT_LIVE_BYTES_STEP))
        mt_account_fall(thread);
}

#endif
