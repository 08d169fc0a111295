/* stack_of_fault_handler.c: the handler of a fault at a bad address and of a call to nowhere writes
 * its last report, on an alternate stack, and allocates for it.
 *
 * EXPECT status=3
 * EXPECT unfreed function=malloc in=leak blocks=2 bytes=74
 * EXPECT trace.truncated_stacks<=1
 * RUN valgrind=no
 */
#include <setjmp.h>
#include <signal.h>
#include "victim.h"

static sigjmp_buf place;
static volatile int faults;

FRAME void leak(void)
{
    KEEP(malloc(37));
}

static void handler(int number)
{
    (void)number;
    leak();
    faults = faults + 1;
    siglongjmp(place, 1);
}

FRAME void fault(void)
{
    int *volatile nowhere = (int *)16;
    if (faults == 0)
        *nowhere = 1;
    ((void (*)(void))nowhere)();
    KEEP(nowhere);
}

int main(void)
{
    static char stack[64 << 10];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    MUST(sigaltstack(&alternate, NULL) == 0 && sigaction(SIGSEGV, &action, NULL) == 0);
    sigsetjmp(place, 1);
    if (faults < 2)
        fault();
    return 1 + faults;
}
