/* held_in_tls.c: pointers in thread-local variables of the first thread and of one that runs on.
 *
 * EXPECT reachable under=of_main blocks=1 bytes=101
 * EXPECT reachable under=of_thread blocks=1 bytes=103
 * EXPECT reachable under=of_main_initialized blocks=1 bytes=107
 */
#include <pthread.h>
#include <semaphore.h>
#include "case.h"

OBJECT(of_main)
OBJECT(of_thread)
OBJECT(of_main_initialized)

int main(void);
__thread void *held;
__thread void *held_initialized = (void *)main;
static sem_t ready;

STEP void hold_and_wait(void)
{
    held = of_thread(103);
    forget();
    sem_post(&ready);
    for (;;)
        pause();
}

static void *run(void *unused)
{
    hold_and_wait();
    return unused;
}

STEP void keep(void)
{
    held = of_main(101);
    held_initialized = of_main_initialized(107);
}

int main(void)
{
    pthread_t thread;
    keep();
    MUST(pthread_create(&thread, NULL, run, NULL) == 0);
    sem_wait(&ready);
    forget();
    return 0;
}
