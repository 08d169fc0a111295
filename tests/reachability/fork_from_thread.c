/* fork_from_thread.c: a thread forks; in the child it is alone, and its stack is that of the thread
 * that forked. The stacks of the others are gone with them.
 *
 * EXPECT child reachable under=on_stack_of_child blocks=1 bytes=101
 * EXPECT child definite under=lost_by_child blocks=1 bytes=103
 * EXPECT reachable under=on_stack_of_parent blocks=1 bytes=107
 * EXPECT children=1
 * DIFFERS lsan on_stack_of_child: definite 1: it does not know the thread by its new number
 */
#include <pthread.h>
#include <sys/wait.h>
#include "case.h"

OBJECT(on_stack_of_child)
OBJECT(lost_by_child)
OBJECT(on_stack_of_parent)

static void *run(void *unused)
{
    void *volatile held = on_stack_of_parent(107);
    pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) {
        void *volatile own = on_stack_of_child(101);
        lost_by_child(103);
        forget();
        exit(own == NULL);
    }
    MUST(waitpid(child, NULL, 0) == child);
    forget();
    exit(held == NULL);
    return unused;
}

int main(void)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, run, NULL) == 0);
    for (;;)
        pause();
}
