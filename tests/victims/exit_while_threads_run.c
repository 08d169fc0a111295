/* exit_while_threads_run.c: main returns while other threads allocate and free as fast as they can:
 * the process ends as it would, and the trace is sound.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT unfreed function=malloc in=churn blocks=any bytes=any
 * EXPECT calls in flight
 * RUN valgrind=no
 */
#include <pthread.h>
#include "victim.h"

static int running;

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

FRAME void *churn(void *unused)
{
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
    leak();
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        MUST(pthread_create(&thread, NULL, churn, NULL) == 0);
    while (__atomic_load_n(&running, __ATOMIC_SEQ_CST) < 3)
        usleep(1000);
    return 0;
}
