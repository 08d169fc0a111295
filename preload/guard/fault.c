/* fault.c: takes an instruction that has touched a page it may not touch; where the page is a
 * guarded one, says what was done (findings.h). The program has the signal in any case (taken.h),
 * but where it was the tracer that walked a stack to its end. */
#include "fault.h"

#include <signal.h>
#include "arch.h"
#include "findings.h"
#include "guard.h"
#include "memory.h"
#include "sandbox.h"
#include "taken.h"

static int look(const siginfo_t *info, void *context)
{
    const uintptr_t address = (uintptr_t)info->si_addr;
    if (address - mt_guard_region.start >= mt_guard_region.bytes)
        return 0;
    /* The tracer walks a stack that lies in a block, and has come to its end. */
    if (mt_memory_is_own(mt_arch_saved_pc(context))) {
        mt_guard_open(address);
        return 1;
    }
    if (!mt_sandbox_is_on())
        mt_finding_of_access(address, context);
    return 0;
}

void mt_fault_start(void)
{
    mt_taken_start(SIGSEGV, look);
}
