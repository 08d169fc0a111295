/* held_by_blocked_threads.c: pointers on the stacks of threads that sit in system calls.
 *
 * EXPECT reachable under=in_read blocks=1 bytes=101
 * EXPECT reachable under=in_poll blocks=1 bytes=103
 * EXPECT reachable under=in_sleep blocks=1 bytes=107
 * EXPECT reachable under=in_futex blocks=1 bytes=109
 * EXPECT reachable under=in_sigwait blocks=1 bytes=113
 * EXPECT reachable under=in_join blocks=1 bytes=127
 */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include "case.h"

static int ends[2];
static sem_t ready, never;
static pthread_t first;

#define THREAD(name, size, wait)                                                                   \
    OBJECT(name)                                                                                   \
    static void *wait_##name(void *unused)                                                         \
    {                                                                                              \
        void *volatile held = name(size);                                                          \
        forget();                                                                                  \
        sem_post(&ready);                                                                          \
        for (;;) {                                                                                 \
            wait;                                                                                  \
            KEEP(held);                                                                            \
        }                                                                                          \
        return unused;                                                                             \
    }

THREAD(in_read, 101, {
    char byte;
    MUST(read(ends[0], &byte, 1) == 1);
})
THREAD(in_poll, 103, poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1))
THREAD(in_sleep, 107, sleep(1000))
THREAD(in_futex, 109, sem_wait(&never))
THREAD(in_sigwait, 113, {
    sigset_t set;
    int caught;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigwait(&set, &caught);
})
THREAD(in_join, 127, pthread_join(first, NULL))

int main(void)
{
    void *(*threads[])(void *) = {wait_in_read,  wait_in_poll,    wait_in_sleep,
                                  wait_in_futex, wait_in_sigwait, wait_in_join};
    MUST(pipe(ends) == 0);
    sem_init(&never, 0, 0);
    for (int i = 0; i < 6; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, threads[i], NULL) == 0);
        first = i == 0 ? thread : first;
        sem_wait(&ready);
    }
    usleep(20000); /* they are in their calls */
    forget();
    return 0;
}
