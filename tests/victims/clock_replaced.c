/* clock_replaced.c: a program with a clock of its own, which allocates (as libfaketime's does, and
 * those of tests): it must hear of no call that the program did not make.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 */
#include <sys/syscall.h>
#include <time.h>
#include "victim.h"

static int calls;

int clock_gettime(clockid_t clock, struct timespec *now)
{
    calls++;
    make_and_free(37);
    return (int)syscall(SYS_clock_gettime, clock, now);
}

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

int main(void)
{
    struct timespec now;
    leak();
    MUST(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    say("the clock was read %d times\n", calls);
    return 0;
}
