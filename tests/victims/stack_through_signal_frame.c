/* stack_through_signal_frame.c: a handler's stack goes on where the signal came: through the
 * kernel's frame to the interrupted function, on an alternate stack or not.
 *
 * EXPECT unfreed function=malloc in=leak blocks=14 bytes=518 via=leak<handler
 */
#include <signal.h>
#include "victim.h"

FRAME void leak(void)
{
    KEEP(malloc(37));
}

static void handler(int number)
{
    (void)number;
    leak();
    KEEP(&number);
}

FRAME void interrupted(int number)
{
    raise(number);
    KEEP(&number);
}

int main(void)
{
    static char stack[64 << 10];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction plain = {.sa_handler = handler};
    struct sigaction elsewhere = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    MUST(sigaltstack(&alternate, NULL) == 0);
    MUST(sigaction(SIGUSR1, &plain, NULL) == 0 && sigaction(SIGUSR2, &elsewhere, NULL) == 0);
    for (int i = 0; i < 7; i++) {
        interrupted(SIGUSR1);
        interrupted(SIGUSR2);
    }
    return 0;
}
