/* look.c: what a snapshot consists of, in order: the areas of the address space and the states of
 * their pages. */
#include "look.h"

#include "residency.h"
#include "snapshot.h"

void mt_look_at_exit(void *unused)
{
    (void)unused;
    if (!mt_snapshot_begin(MT_CAUSE_EXIT))
        return;
    mt_residency_say();
    mt_snapshot_end();
}
