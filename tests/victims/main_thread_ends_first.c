/* main_thread_ends_first.c: main ends its thread, not the process; the other thread goes on, and
 * the process ends with it.
 *
 * EXPECT unfreed function=malloc in=thread_main blocks=23 bytes=851
 */
#include <pthread.h>
#include "victim.h"

static pthread_t first;

static void *thread_main(void *unused)
{
    pthread_join(first, NULL);
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
    return unused;
}

int main(void)
{
    pthread_t thread;
    first = pthread_self();
    MUST(pthread_create(&thread, NULL, thread_main, NULL) == 0);
    pthread_detach(thread);
    pthread_exit(NULL);
}
