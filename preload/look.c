/* look.c: what a snapshot consists of, in order: the areas of the address space and the states of
 * their pages, and what the scan says of the objects. */
#include "look.h"

#include "options.h"
#include "residency.h"
#include "scan.h"
#include "snapshot.h"

void mt_look_at_exit(void *registers)
{
    const uint64_t number = mt_snapshot_begin(MT_CAUSE_EXIT);
    if (!number)
        return;
    mt_residency_say();
    if (mt_options.scan_at_exit)
        mt_scan_at_exit(number, registers);
    mt_snapshot_end();
}
