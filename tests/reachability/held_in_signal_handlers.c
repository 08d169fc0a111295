/* held_in_signal_handlers.c: a thread is inside a signal handler on its own stack, with all signals
 * blocked, and the first thread ends the process from inside one.
 *
 * EXPECT reachable under=in_handler blocks=2 bytes=202
 * EXPECT reachable under=below_handler blocks=2 bytes=206
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include "case.h"

OBJECT(in_handler)
OBJECT(below_handler)

static sem_t ready;
static pthread_t first;

static void handle(int signal)
{
    void *volatile held = in_handler(101);
    forget();
    if (pthread_equal(pthread_self(), first))
        exit(0);
    sem_post(&ready);
    for (;;)
        pause();
    KEEP(held);
    KEEP(&signal);
}

static void *run(void *unused)
{
    void *volatile held = below_handler(103);
    raise(SIGUSR1);
    KEEP(held);
    return unused;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handle};
    sigfillset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigprocmask(SIG_UNBLOCK, &wanted, NULL);
    first = pthread_self();
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, run, NULL) == 0);
    sem_wait(&ready);
    run(NULL);
    return 1;
}
