/* thread_small_stack.c: threads with the smallest stack there is: hooks and unwinding must do with
 * what malloc does with.
 *
 * EXPECT unfreed function=malloc in=leak blocks=161 bytes=5957
 * RUN verify=no
 */
#include <limits.h>
#include <pthread.h>
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

static void *thread_main(void *unused)
{
    leak();
    KEEP(unused);
    return unused;
}

int main(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    MUST(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) == 0);
    for (int i = 0; i < 7; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, &attributes, thread_main, NULL) == 0);
        pthread_join(thread, NULL);
    }
    pthread_attr_destroy(&attributes);
    return 0;
}
