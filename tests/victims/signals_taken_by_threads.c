/* signals_taken_by_threads.c: all signals are blocked, one thread takes them by sigwait and another
 * from a signalfd: when the process ends neither is given one that nobody sent.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * RUN valgrind=no
 */
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include "victim.h"

static sigset_t all;

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

static void *take_by_sigwait(void *unused)
{
    for (int number;;)
        if (sigwait(&all, &number) == 0)
            say("signal %d by sigwait\n", number);
    return unused;
}

static void *take_from_descriptor(void *unused)
{
    struct signalfd_siginfo taken;
    const int fd = signalfd(-1, &all, 0);
    while (read(fd, &taken, sizeof taken) == sizeof taken)
        say("signal %u from the descriptor\n", taken.ssi_signo);
    return unused;
}

int main(void)
{
    pthread_t threads[2];
    leak();
    sigfillset(&all);
    MUST(pthread_sigmask(SIG_BLOCK, &all, NULL) == 0);
    MUST(pthread_create(&threads[0], NULL, take_by_sigwait, NULL) == 0);
    MUST(pthread_create(&threads[1], NULL, take_from_descriptor, NULL) == 0);
    usleep(20000); /* both wait */
    return 0;
}
