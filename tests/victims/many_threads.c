/* many_threads.c: 13 threads at once, each with an arena, hand blocks to each other through a shared
 * table; whoever finds one there frees it.
 *
 * EXPECT unfreed function=malloc in=leak blocks=299 bytes=11063
 */
#include <pthread.h>
#include "victim.h"

enum { THREADS = 13, ROUNDS = 10000, SLOTS = 1009 };

static void *slots[SLOTS];

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

static void *thread_main(void *seed)
{
    unsigned random = (unsigned)(uintptr_t)seed;
    for (int i = 0; i < ROUNDS; i++) {
        random = random * 1664525 + 1013904223;
        void *mine = malloc(random >> 20);
        free(__atomic_exchange_n(&slots[(random >> 8) % SLOTS], mine, __ATOMIC_SEQ_CST));
    }
    leak();
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        MUST(pthread_create(&threads[i], NULL, thread_main, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < SLOTS; i++)
        free(slots[i]);
    return 0;
}
