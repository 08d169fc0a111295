/* fork_while_threads_run.c: children are forked while other threads are inside malloc and free.
 * They have one thread, allocate and end.
 *
 * EXPECT unfreed function=malloc in=main blocks=3 bytes=111
 * EXPECT child unfreed function=malloc in=child blocks=7 bytes=287
 * EXPECT children=19
 * RUN valgrind=no
 * RUN verify=no
 */
#include <pthread.h>
#include <sys/wait.h>
#include "victim.h"

static int stop;

FRAME void *churn(void *unused)
{
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        void *block = malloc(101);
        KEEP(block);
        free(block);
    }
    return unused;
}

FRAME void child(void)
{
    for (int i = 0; i < 7; i++)
        KEEP(malloc(41));
}

int main(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        KEEP(malloc(37));
        MUST(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    }
    for (int i = 0; i < 19; i++) {
        pid_t pid = fork();
        MUST(pid >= 0);
        if (pid == 0) {
            child();
            exit(0);
        }
        int status = -1;
        MUST(waitpid(pid, &status, 0) == pid && status == 0);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
