/* not_dumpable.c: a process that nobody may look into (PR_SET_DUMPABLE 0), as setuid programs are.
 *
 * EXPECT definite under=head blocks=1 bytes=40
 * EXPECT indirect under=tail blocks=1 bytes=40
 * EXPECT reachable under=kept blocks=1 bytes=101
 * EXPECT reachable under=on_stack blocks=1 bytes=103
 */
#include <pthread.h>
#include <semaphore.h>
#include <sys/prctl.h>
#include "case.h"

OBJECT(head)
OBJECT(tail)
OBJECT(kept)
OBJECT(on_stack)

void *held;
static sem_t ready;

static void *run(void *unused)
{
    void *volatile local = on_stack(103);
    forget();
    sem_post(&ready);
    for (;;)
        pause();
    KEEP(local);
    return unused;
}

STEP void build(void)
{
    struct node *node = head(40);
    node->next = tail(40);
    held = kept(101);
}

int main(void)
{
    pthread_t thread;
    MUST(prctl(PR_SET_DUMPABLE, 0) == 0);
    build();
    MUST(pthread_create(&thread, NULL, run, NULL) == 0);
    sem_wait(&ready);
    forget();
    return 0;
}
