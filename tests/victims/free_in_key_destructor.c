/* free_in_key_destructor.c: pthread key destructors free and allocate, over all the rounds that
 * the C library gives them.
 *
 * EXPECT unfreed function=malloc in=leak_late blocks=21 bytes=861
 */
#include <limits.h>
#include <pthread.h>
#include "victim.h"

static pthread_key_t key;

FRAME void leak_late(void)
{
    KEEP(malloc(41));
}

static void destroy(void *block)
{
    unsigned *rounds_left = block;
    unsigned left = *rounds_left - 1;
    free(block);
    leak_late();
    if (left == 0)
        return;
    rounds_left = malloc(sizeof(unsigned));
    *rounds_left = left;
    pthread_setspecific(key, rounds_left);
}

static void *thread_main(void *unused)
{
    unsigned *rounds_left = malloc(sizeof(unsigned));
    *rounds_left = 3;
    pthread_setspecific(key, rounds_left);
    return unused;
}

int main(void)
{
    MUST(PTHREAD_DESTRUCTOR_ITERATIONS >= 3);
    MUST(pthread_key_create(&key, destroy) == 0);
    for (int i = 0; i < 7; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, thread_main, NULL) == 0);
        pthread_join(thread, NULL);
    }
    return 0;
}
