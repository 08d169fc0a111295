/* realloc_race.c: one thread's realloc moves a block, and before it comes back another thread is
 * given the old address: a tracer that records the release late removes the other's block. A timer
 * puts the mover to sleep wherever it is, so that the others get there first. The blocks are too
 * large for the per-thread cache, and all threads use one arena.
 *
 * EXPECT unfreed function=malloc in=churn blocks=3027 bytes=9084027
 * EXPECT counters unknown_frees=0 missed_frees=0
 * RUN valgrind=no
 */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include "victim.h"

enum { THREADS = 3, KEPT = 1009, SLEEPS = 307 };

static volatile int sleeps, stop;

static void sleep_here(int number)
{
    struct timespec moment = {0, 300000};
    (void)number;
    sleeps = sleeps + 1;
    nanosleep(&moment, NULL);
}

FRAME void *churn(void *unused)
{
    void *mine[KEPT] = {NULL};
    for (unsigned i = 0; !stop || i < KEPT; i++) {
        free(mine[i % KEPT]);
        KEEP(mine[i % KEPT] = malloc(3001));
    }
    return unused;
}

int main(void)
{
    struct sigaction action = {.sa_handler = sleep_here, .sa_flags = SA_RESTART};
    struct itimerval timer = {{0, 1000}, {0, 1000}}, never = {0};
    pthread_t threads[THREADS];
    sigset_t alarm;
    MUST(mallopt(M_ARENA_MAX, 1));
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL); /* for the threads: the timer is the mover's */
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    MUST(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &timer, NULL) == 0);
    while (sleeps < SLEEPS) {
        void *block = malloc(3001);
        block = realloc(block, 9001);
        KEEP(block);
        free(block);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    stop = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
