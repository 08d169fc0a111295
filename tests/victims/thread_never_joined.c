/* thread_never_joined.c: a thread that has ended and was neither joined nor detached keeps its
 * stack for ever. The stacks of all other threads are libc's, or in use.
 *
 * EXPECT mapped function=pthread_create in=forget mappings=7 bytes=487424 kind=stack
 * via=forget<main
 */
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include "victim.h"

enum { STACK = 64 << 10, PAGE = 4096 };

static pthread_attr_t small;

static void *end_at_once(void *unused)
{
    return unused;
}

static void *detach_itself(void *unused)
{
    MUST(pthread_detach(pthread_self()) == 0);
    return unused;
}

static void *run_on(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static pthread_t make(void *(*start)(void *), const pthread_attr_t *attributes)
{
    pthread_t thread;
    MUST(pthread_create(&thread, attributes, start, NULL) == 0);
    __asm__ volatile("");
    return thread;
}

FRAME void forget(void)
{
    pthread_t thread;
    for (int i = 0; i < 7; i++)
        MUST(pthread_create(&thread, &small, end_at_once, NULL) == 0);
}

FRAME void release(void)
{
    const struct timespec never = {1, 0}, late = {UINT32_MAX, 0};
    MUST(pthread_join(make(end_at_once, &small), NULL) == 0);
    MUST(pthread_detach(make(end_at_once, &small)) == 0);
    MUST(pthread_timedjoin_np(make(end_at_once, &small), NULL, &late) == 0);
    MUST(pthread_clockjoin_np(make(end_at_once, &small), NULL, CLOCK_REALTIME, &late) == 0);
    MUST(pthread_timedjoin_np(make(run_on, &small), NULL, &never) == ETIMEDOUT);
    MUST(pthread_tryjoin_np(make(run_on, &small), NULL) == EBUSY);
    pthread_t thread = make(end_at_once, &small);
    while (pthread_tryjoin_np(thread, NULL) != 0)
        usleep(100);
    for (int i = 0; i < 53; i++)
        make(detach_itself, &small);
}

FRAME void detached_from_the_start(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    make(end_at_once, &attributes);
    pthread_attr_destroy(&attributes);
}

static char own_stack[STACK] __attribute__((aligned(PAGE)));

FRAME void on_own_stack(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, own_stack, sizeof(own_stack));
    make(end_at_once, &attributes);
    pthread_attr_destroy(&attributes);
}

int main(void)
{
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    release();
    forget();
    detached_from_the_start();
    on_own_stack();
    usleep(100000); /* all have ended that will */
    return 0;
}
