/* thread_names.c: a block is said to be of the thread that made it, by the name that thread has.
 *
 * EXPECT unfreed function=malloc in=leak_3 blocks=3 bytes=111 thread=three
 * EXPECT unfreed function=malloc in=leak_5 blocks=5 bytes=185 thread=five
 * EXPECT unfreed function=malloc in=main blocks=7 bytes=259 thread=thread_names
 */
#include <pthread.h>
#include "victim.h"

FRAME void *leak_3(void *unused)
{
    pthread_setname_np(pthread_self(), "three");
    for (int i = 0; i < 3; i++)
        KEEP(malloc(37));
    return unused;
}

FRAME void *leak_5(void *unused)
{
    pthread_setname_np(pthread_self(), "five");
    for (int i = 0; i < 5; i++)
        KEEP(malloc(37));
    return unused;
}

int main(void)
{
    void *(*const mains[])(void *) = {leak_3, leak_5};
    for (int i = 0; i < 7; i++)
        KEEP(malloc(37));
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, mains[i], NULL) == 0);
        pthread_join(thread, NULL);
    }
    return 0;
}
