/* held_with_signals_blocked.c: threads that have every signal blocked, glibc's own ones too, cannot
 * be asked to show their registers; their stacks are there to be read.
 *
 * EXPECT reachable under=waiting blocks=1 bytes=101
 * EXPECT reachable under=computing blocks=1 bytes=103
 */
#include <pthread.h>
#include <sys/syscall.h>
#include "case.h"

OBJECT(waiting)
OBJECT(computing)

static volatile int ready;
static int ends[2];

STEP void block_all(void)
{
    unsigned long all = ~0UL;
    MUST(syscall(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, NULL, sizeof(all)) == 0);
}

static void *wait_for_input(void *unused)
{
    void *volatile held = waiting(101);
    char byte;
    block_all();
    forget();
    ready++;
    MUST(read(ends[0], &byte, 1) == 1);
    KEEP(held);
    return unused;
}

static void *compute(void *unused)
{
    void *volatile held = computing(103);
    block_all();
    forget();
    ready++;
    for (;;)
        KEEP(held);
    return unused;
}

int main(void)
{
    void *(*threads[])(void *) = {wait_for_input, compute};
    MUST(pipe(ends) == 0);
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, threads[i], NULL) == 0);
        while (ready <= i)
            usleep(1000);
    }
    forget();
    return 0;
}
