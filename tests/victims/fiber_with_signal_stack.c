/* fiber_with_signal_stack.c: when the process ends two threads run on fibers whose stacks are too
 * small for a signal's frame, as a runtime may do that gives each thread a stack for signals.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT mapped function=mmap in=map mappings=4 bytes=147456
 * RUN valgrind=no
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "victim.h"

enum { PAGE = 4096, FIBER_BYTES = 1024, SIGNALS_BYTES = 64 * 1024 };

static int running;

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

static void fiber_main(void)
{
    __atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
    for (;;)
        KEEP(&running);
}

static void *map(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

FRAME void *run(void *unused)
{
    const stack_t signals = {.ss_sp = map(SIGNALS_BYTES), .ss_size = SIGNALS_BYTES};
    char *pages = map(2 * PAGE);
    ucontext_t fiber;
    MUST(sigaltstack(&signals, NULL) == 0);
    MUST(mprotect(pages, PAGE, PROT_NONE) == 0);
    getcontext(&fiber);
    fiber.uc_stack.ss_sp = pages + PAGE;
    fiber.uc_stack.ss_size = FIBER_BYTES;
    fiber.uc_link = NULL;
    makecontext(&fiber, fiber_main, 0);
    setcontext(&fiber);
    return unused;
}

int main(void)
{
    pthread_t threads[2];
    leak();
    for (int i = 0; i < 2; i++)
        MUST(pthread_create(&threads[i], NULL, run, NULL) == 0);
    while (__atomic_load_n(&running, __ATOMIC_SEQ_CST) < 2)
        usleep(1000);
    return 0;
}
