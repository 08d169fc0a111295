/* signal_kills_allocating_thread.c: SIGKILL while four threads allocate and free, each with seven
 * blocks it keeps. Those are in the trace; of the others at most the calls in flight.
 *
 * EXPECT status=SIGKILL
 * EXPECT process.end=killed
 * EXPECT unfreed function=malloc in=keep blocks=28 bytes=1036
 * EXPECT unfreed function=malloc in=churn blocks=any bytes=any
 * EXPECT totals.unfreed_blocks<=40
 * RUN valgrind=no
 */
#include <pthread.h>
#include <signal.h>
#include "victim.h"

static int running;

FRAME void keep(void)
{
    for (int i = 0; i < 7; i++)
        KEEP(malloc(37));
}

FRAME void *churn(void *unused)
{
    keep();
    __atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        void *block = malloc(101);
        KEEP(block);
        free(block);
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    for (int i = 0; i < 4; i++)
        MUST(pthread_create(&thread, NULL, churn, NULL) == 0);
    while (__atomic_load_n(&running, __ATOMIC_SEQ_CST) < 4)
        usleep(1000);
    usleep(20000);
    return kill(getpid(), SIGKILL);
}
