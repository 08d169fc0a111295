/* storage_of_threads.c: threads allocate from mapped arenas of their own, small blocks and large
 * ones, and large ones with mappings of their own; the arena of a thread that ended is used again.
 *
 * EXPECT unfreed function=malloc in=small blocks=230 bytes=8510 storage=arena
 * EXPECT unfreed function=malloc in=medium blocks=70 bytes=7000070 storage=arena
 * EXPECT unfreed function=malloc in=large blocks=50 bytes=10000050 storage=mmap
 * EXPECT unfreed function=malloc in=main blocks=7 bytes=259 storage=brk
 * EXPECT storage from stdout
 * RUN valgrind=no
 */
#include <pthread.h>
#include "storage.h"

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

FRAME void small(void)
{
    for (int i = 0; i < 23; i++)
        MUST(storage_count(malloc(37), 37) == ARENA);
}

FRAME void medium(void)
{
    for (int i = 0; i < 7; i++)
        MUST(storage_count(malloc(100001), 100001) == ARENA);
}

FRAME void large(void)
{
    for (int i = 0; i < 5; i++)
        MUST(storage_count(malloc(200001), 200001) == MMAP);
}

static void *thread_main(void *unused)
{
    pthread_mutex_lock(&counting);
    small();
    medium();
    large();
    pthread_mutex_unlock(&counting);
    return unused;
}

int main(void)
{
    for (int i = 0; i < 7; i++)
        MUST(storage_count(malloc(37), 37) == BRK);
    for (int round = 0; round < 5; round++) {
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
            MUST(pthread_create(&threads[i], NULL, thread_main, NULL) == 0);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
    }
    storage_print();
    return 0;
}
