/* held_in_dead_threads.c: pointers on the stack and in the thread-local storage of threads that
 * have ended and were joined; the stacks wait in libc's cache for other threads.
 *
 * EXPECT definite under=on_stack blocks=3 bytes=303
 * EXPECT definite under=in_tls blocks=3 bytes=309
 * DIFFERS valgrind in_tls: reachable 3: libc's cache of stacks is read like all memory
 */
#include <pthread.h>
#include "case.h"

OBJECT(on_stack)
OBJECT(in_tls)

__thread void *volatile local;

static void *run(void *unused)
{
    void *volatile held[100];
    for (int i = 0; i < 100; i++)
        held[i] = NULL;
    held[50] = on_stack(101);
    local = in_tls(103);
    KEEP(held);
    return unused;
}

int main(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        MUST(pthread_create(&threads[i], NULL, run, NULL) == 0);
    for (int i = 0; i < 3; i++)
        MUST(pthread_join(threads[i], NULL) == 0);
    forget();
    return 0;
}
