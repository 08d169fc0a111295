/* ten_thousand_threads.c: threads one after another. What the tracer keeps per thread is used again:
 * the trace stays small.
 *
 * EXPECT unfreed function=malloc in=thread_main blocks=103 bytes=3811
 * EXPECT trace_bytes<=1048576
 * RUN valgrind=no
 */
#include <pthread.h>
#include "victim.h"

static void *thread_main(void *number)
{
    void *block = malloc(37);
    KEEP(block);
    if ((intptr_t)number % 97 != 0)
        free(block);
    return malloc(41);
}

int main(void)
{
    for (intptr_t i = 1; i < 97 * 104; i++) {
        pthread_t thread;
        void *result;
        MUST(pthread_create(&thread, NULL, thread_main, (void *)i) == 0);
        pthread_join(thread, &result);
        free(result);
    }
    return 0;
}
