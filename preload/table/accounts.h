/* accounts.h: what each stack has allocated, released, and held at the peak. See trace_accounts.h.
 */
#ifndef MT_ACCOUNTS_H
#define MT_ACCOUNTS_H

#include "hot.h"
#include "memtrace/trace_accounts.h"
#include "process.h"
#include "thread.h"

/* mt_header.peak_number, where all threads read it; atomic. A forked child counts on from its
 * parent's. */
extern uint32_t mt_account_peaks;

/* Index and page of an account that has none yet. Never NULL: without room what is stored there
 * goes nowhere. */
struct mt_account *mt_account_make(struct mt_thread_state *thread, uint32_t stack);

/* Keeps what the account held at the peak, before the first change after it. */
void mt_account_keep(struct mt_account *account);

/* The account of `stack` with this thread, ready to be changed. */
static inline struct mt_account *mt_account_of(struct mt_thread_state *thread, uint32_t stack)
{
    struct mt_account **index = thread->accounts[stack >> MT_ACCOUNT_INDEX_SHIFT];
    struct mt_account *page =
        LIKELY(index) ? index[stack / MT_ACCOUNTS_PER_PAGE % MT_ACCOUNT_INDEX] : NULL;
    struct mt_account *account = page + stack % MT_ACCOUNTS_PER_PAGE;
    if (UNLIKELY(!page))
        account = mt_account_make(thread, stack);
    if (UNLIKELY(account->peak != mt_account_peaks))
        mt_account_keep(account);
    return account;
}

/* More is alive than ever: `live_bytes`. The change that made it so has been written down. */
void mt_account_peak(uint64_t live_bytes);

#endif
