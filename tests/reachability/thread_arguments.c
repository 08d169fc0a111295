/* thread_arguments.c: an argument that a running thread has not looked at yet, and one that a
 * thread has thrown away.
 *
 * EXPECT reachable under=not_looked_at blocks=1 bytes=101
 * EXPECT definite under=thrown_away blocks=1 bytes=103
 * DIFFERS valgrind thrown_away: reachable 1: the descriptor of the ended thread is read
 */
#include <pthread.h>
#include "case.h"

OBJECT(not_looked_at)
OBJECT(thrown_away)

static void *wait_with(void *argument)
{
    void *volatile held = argument;
    for (;;)
        pause();
    KEEP(held);
    return NULL;
}

static void *end_with(void *argument)
{
    KEEP(argument);
    return NULL;
}

STEP void start(void)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, wait_with, not_looked_at(101)) == 0);
    MUST(pthread_create(&thread, NULL, end_with, thrown_away(103)) == 0);
    MUST(pthread_join(thread, NULL) == 0);
    usleep(20000);
}

int main(void)
{
    start();
    forget();
    return 0;
}
