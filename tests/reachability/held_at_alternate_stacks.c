/* held_at_alternate_stacks.c: threads are inside signal handlers on alternate stacks: what they
 * hold there is kept, and what the interrupted code holds on the ordinary stack below.
 *
 * EXPECT reachable under=in_handler blocks=3 bytes=303
 * EXPECT reachable under=below_handler blocks=3 bytes=309
 * DIFFERS lsan in_handler: definite 1, silent 2: memory that the program maps is no root there
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include "case.h"

enum { STACK = 128 << 10 };

OBJECT(in_handler)
OBJECT(below_handler)

static sem_t ready;
static char static_stack[STACK];
static void *stacks[3];

static void handle(int signal)
{
    void *volatile held = in_handler(101);
    forget();
    sem_post(&ready);
    for (;;)
        pause();
    KEEP(held);
    KEEP(&signal);
}

static void *run(void *stack)
{
    void *volatile held = below_handler(103);
    MUST(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = STACK}, NULL) == 0);
    raise(SIGUSR1);
    KEEP(held);
    return NULL;
}

int main(void)
{
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handle, .sa_flags = SA_ONSTACK}, NULL);
    stacks[0] = static_stack;
    stacks[1] = malloc(STACK);
    stacks[2] = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(stacks[1] && stacks[2] != MAP_FAILED);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, run, stacks[i]) == 0);
        sem_wait(&ready);
    }
    forget();
    return 0;
}
