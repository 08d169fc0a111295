/* thread_leaks_at_exit.c: threads that allocate and free as the last thing they do, up to the
 * return of their start function, detached and joined ones.
 *
 * EXPECT unfreed function=malloc in=thread_main blocks=46 bytes=1702
 */
#include <pthread.h>
#include "victim.h"

static int finished;

static void *thread_main(void *unused)
{
    void *blocks[5];
    for (int i = 0; i < 5; i++)
        KEEP(blocks[i] = malloc(37));
    for (int i = 0; i < 3; i++)
        free(blocks[i]);
    __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
    return unused;
}

int main(void)
{
    for (int i = 0; i < 23; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, thread_main, NULL) == 0);
        if (i % 2)
            pthread_detach(thread);
        else
            pthread_join(thread, NULL);
    }
    while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) < 23)
        usleep(1000);
    return 0;
}
