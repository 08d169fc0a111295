/* realtime_threads.c: two real-time threads of different priority on one processor, each with new
 * return addresses all the time. The one that waits for the other must let it run.
 *
 * EXPECT totals.unfreed_blocks>=0
 * RUN needs=root
 * RUN valgrind=no
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include "victim.h"

#define TEN(x) x x x x x x x x x x
#define THOUSAND(x) TEN(TEN(TEN(x)))

static volatile int is_done;

/* Each of its copies is a return address of its own. */
#define MAKE_AND_FREE                                                                              \
    {                                                                                              \
        void *block = malloc(37);                                                                  \
        KEEP(block);                                                                               \
        free(block);                                                                               \
    }

static void take_priority(int priority)
{
    struct sched_param parameter = {.sched_priority = priority};
    MUST(pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter) == 0);
}

static void *high(void *unused)
{
    struct timespec moment = {.tv_nsec = 40000};
    take_priority(2);
    THOUSAND(if (is_done) return unused; nanosleep(&moment, NULL); MAKE_AND_FREE)
    return unused;
}

int main(void)
{
    cpu_set_t first;
    pthread_t thread;
    sched_getaffinity(0, sizeof(first), &first);
    for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &first) && seen++)
            CPU_CLR(cpu, &first);
    MUST(sched_setaffinity(0, sizeof(first), &first) == 0);
    take_priority(1);
    MUST(pthread_create(&thread, NULL, high, NULL) == 0);
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    THOUSAND(MAKE_AND_FREE)
    THOUSAND(MAKE_AND_FREE)
    is_done = 1;
    pthread_join(thread, NULL);
    say("both are done\n");
    return 0;
}
