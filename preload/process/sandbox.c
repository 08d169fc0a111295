/* sandbox.c: one flag, in memory that a forked child inherits as it does the filter. See sandbox.h.
 */
#include "sandbox.h"

#include "process.h"
#include "sys.h"
#include "system.h"
#include "taken.h"
#include "urgent.h"

static int is_on; /* atomic */

int mt_sandbox_is_on(void)
{
    return __atomic_load_n(&is_on, __ATOMIC_SEQ_CST);
}

/* In a vfork child, which sets up a filter for the program it becomes: our process has none. A
 * forked child that has no trace yet is a process of its own. */
static int is_others(void)
{
    return mt_process && mt_process->header && !mt_process_own_header();
}

int mt_sandbox_begin(void)
{
    if (is_others() || __atomic_exchange_n(&is_on, 1, __ATOMIC_SEQ_CST))
        return 0;
    mt_urgent_give_back();
    mt_taken_give_back_all();
    mt_system_wait();
    if (!mt_process || !mt_process->header)
        return 1;
    __atomic_fetch_or(&mt_process->header->flags, MT_FLAG_SANDBOXED, __ATOMIC_RELAXED);
    return 1;
}

void mt_sandbox_refused(int begun)
{
    if (!begun)
        return;
    __atomic_store_n(&is_on, 0, __ATOMIC_SEQ_CST);
    if (mt_process && mt_process->header)
        __atomic_fetch_and(&mt_process->header->flags, ~(uint32_t)MT_FLAG_SANDBOXED,
                           __ATOMIC_RELAXED);
    mt_urgent_stand_by();
    mt_taken_stand_by_all();
}
