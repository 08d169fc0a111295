/* becomes.c COUNT HOW: a thread that has blocked all signals sleeps for an instant and becomes this
 * program again by exec, COUNT times in all, then says "done". HOW: libc's exec, or raw, the system
 * call. Its main thread waits meanwhile. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char **arguments;
static char count[24];

static void *become(void *unused)
{
    extern char **environ;
    for (int i = 0; i < 40; i++)
        nanosleep(&(struct timespec){0, 100000}, NULL);
    if (strcmp(arguments[2], "raw") == 0)
        syscall(SYS_execve, arguments[0], arguments, environ);
    execve(arguments[0], arguments, environ);
    return unused;
}

int main(int argc, char **argv)
{
    sigset_t all;
    pthread_t thread;
    const long left = argc == 3 ? atol(argv[1]) : 0;
    free(malloc(16));
    if (left == 0) {
        puts("done");
        return 0;
    }
    snprintf(count, sizeof count, "%ld", left - 1);
    argv[1] = count;
    arguments = argv;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_create(&thread, NULL, become, NULL);
    for (;;)
        pause();
}
