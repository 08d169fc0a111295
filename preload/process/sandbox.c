/* sandbox.c: one flag, in memory that a forked child inherits as it does the filter. See sandbox.h.
 */
#include "sandbox.h"

#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include "filters.h"
#include "process.h"
#include "sys.h"
#include "system.h"
#include "taken.h"
#include "urgent.h"

static int is_on; /* atomic */

void mt_sandbox_start(void)
{
    if (mt_sys(SYS_prctl, PR_GET_SECCOMP) == SECCOMP_MODE_FILTER)
        mt_filter_enforce(MT_FILTER_INHERITED);
}

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

/* Whether a page of the trace that has gone can be seen to (vanished.c), and the program have its
 * own SIGBUS all the same. */
static int lets_faults_be_seen_to(int filter)
{
    static const struct {
        long number;
        uint64_t arguments[6];
    } needed[] = {
        {SYS_rt_sigreturn, {0}},
        {SYS_rt_sigaction, {SIGBUS, 1, 0, 8}},
        {SYS_rt_sigprocmask, {SIG_BLOCK, 1, 1, 8}},
        {SYS_futex, {1, FUTEX_WAKE_OP_PRIVATE}},
        {SYS_mmap,
         {4096, 4096, PROT_READ | PROT_WRITE,
          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, UINT64_MAX}},
        {SYS_mremap, {4096, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, 8192}},
    };
    for (unsigned i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!mt_filter_allows(filter, needed[i].number, needed[i].arguments))
            return 0;
    return 1;
}

static void retire(void)
{
    mt_urgent_give_back();
    mt_taken_give_back(SIGSEGV);
    mt_system_wait();
    if (mt_process && mt_process->header)
        __atomic_fetch_or(&mt_process->header->flags, MT_FLAG_SANDBOXED, __ATOMIC_RELAXED);
}

struct mt_sandbox_step mt_sandbox_begin(const void *program)
{
    struct mt_sandbox_step step = {0, -1};
    if (is_others())
        return step;
    step.filter = mt_filter_add(program);
    step.is_first = !__atomic_exchange_n(&is_on, 1, __ATOMIC_SEQ_CST);
    if (step.is_first)
        retire();
    if (!lets_faults_be_seen_to(step.filter))
        mt_taken_give_back(SIGBUS);
    mt_filter_enforce(step.filter);
    return step;
}

/* Programs ask whether there are filters by installing one that is none. */
static void take_back(struct mt_sandbox_step step)
{
    mt_filter_take_back(step.filter);
    if (!step.is_first)
        return;
    __atomic_store_n(&is_on, 0, __ATOMIC_SEQ_CST);
    if (mt_process && mt_process->header)
        __atomic_fetch_and(&mt_process->header->flags, ~(uint32_t)MT_FLAG_SANDBOXED,
                           __ATOMIC_RELAXED);
    mt_urgent_stand_by();
    mt_taken_stand_by_all();
}

void mt_sandbox_end(struct mt_sandbox_step step, int is_installed)
{
    if (step.filter >= 0 && !is_installed)
        take_back(step);
}
