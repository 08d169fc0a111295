/* thread_results.c: what threads return: taken and kept, taken and dropped, not asked for, and
 * waiting in a thread that has ended and can still be joined.
 *
 * EXPECT reachable under=kept blocks=1 bytes=101
 * EXPECT definite under=dropped blocks=1 bytes=103
 * EXPECT definite under=not_asked_for blocks=1 bytes=107
 * EXPECT reachable under=waiting blocks=1 bytes=109
 * DIFFERS lsan waiting: definite 1: it does not look at threads that have ended
 */
#include <pthread.h>
#include "case.h"

OBJECT(kept)
OBJECT(dropped)
OBJECT(not_asked_for)
OBJECT(waiting)

void *result;
pthread_t unjoined;

static void *run(void *number)
{
    switch ((intptr_t)number) {
    case 0:
        return kept(101);
    case 1:
        return dropped(103);
    case 2:
        return not_asked_for(107);
    default:
        return waiting(109);
    }
}

STEP pthread_t start(intptr_t number)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, run, (void *)number) == 0);
    return thread;
}

STEP void run_all(void)
{
    void *unused;
    MUST(pthread_join(start(0), &result) == 0);
    MUST(pthread_join(start(1), &unused) == 0);
    MUST(pthread_join(start(2), NULL) == 0);
    unjoined = start(3);
    usleep(50000); /* it has ended */
}

int main(void)
{
    run_all();
    forget();
    return 0;
}
