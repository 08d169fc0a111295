/* signal_dispositions.c: no signal is taken, none is blocked, no handler is installed.
 *
 * EXPECT clean
 */
#include <signal.h>
#include "victim.h"

int main(void)
{
    sigset_t blocked;
    make_and_free(37);
    MUST(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) != 0)
            continue;
        say("%d: %s%s\n", number, action.sa_handler == SIG_DFL ? "default" : "taken",
            sigismember(&blocked, number) ? ", blocked" : "");
    }
    return 0;
}
