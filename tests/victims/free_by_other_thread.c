/* free_by_other_thread.c: blocks made by one thread and freed by another, which has made none; and
 * by one that made them and is gone. What stays is said to be of its maker.
 *
 * EXPECT unfreed function=malloc in=make blocks=3 bytes=111 thread=maker
 */
#include <pthread.h>
#include "victim.h"

static void *blocks[103];

FRAME void *make(void *unused)
{
    pthread_setname_np(pthread_self(), "maker");
    for (int i = 0; i < 103; i++)
        KEEP(blocks[i] = malloc(37));
    return unused;
}

FRAME void *release(void *unused)
{
    for (int i = 0; i < 50; i++)
        free(blocks[i]);
    return unused;
}

int main(void)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, make, NULL) == 0);
    pthread_join(thread, NULL);
    MUST(pthread_create(&thread, NULL, release, NULL) == 0);
    pthread_join(thread, NULL);
    for (int i = 50; i < 100; i++)
        free(blocks[i]);
    return 0;
}
