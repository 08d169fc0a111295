/* two_hundred_threads.c: each holds one block on its stack and one below, and has lost a third.
 *
 * EXPECT reachable under=on_stack blocks=199 bytes=20099
 * EXPECT reachable under=below blocks=199 bytes=20497
 * EXPECT definite under=lost blocks=199 bytes=21293
 */
#include <pthread.h>
#include <semaphore.h>
#include "case.h"

OBJECT(on_stack)
OBJECT(below)
OBJECT(lost)

static sem_t ready;

static void *run(void *unused)
{
    void **volatile held = on_stack(101);
    held[3] = below(103);
    lost(107);
    forget();
    sem_post(&ready);
    for (;;)
        pause();
    KEEP(held);
    return unused;
}

int main(void)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    for (int i = 0; i < 199; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, &small, run, NULL) == 0);
        sem_wait(&ready);
    }
    forget();
    return 0;
}
