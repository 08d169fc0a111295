/* held_by_pthread_keys.c: values of pthread_setspecific: the first 32 keys lie in the thread
 * itself, later ones in arrays that libc allocates.
 *
 * EXPECT reachable under=of_main blocks=67 bytes=6767
 * EXPECT reachable under=of_thread blocks=67 bytes=6901
 */
#include <pthread.h>
#include <semaphore.h>
#include "case.h"

enum { KEYS = 67 };

OBJECT(of_main)
OBJECT(of_thread)

static pthread_key_t keys[KEYS];
static sem_t ready;

static void *run(void *unused)
{
    for (int i = 0; i < KEYS; i++)
        pthread_setspecific(keys[i], of_thread(103));
    forget();
    sem_post(&ready);
    for (;;)
        pause();
    return unused;
}

STEP void keep(void)
{
    for (int i = 0; i < KEYS; i++) {
        MUST(pthread_key_create(&keys[i], NULL) == 0);
        pthread_setspecific(keys[i], of_main(101));
    }
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
