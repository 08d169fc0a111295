/* idle.c LEAKED KEPT MANNER [THREADS [SIGURG]]: allocates, then sleeps for good in a system call
 * and allocates no more:
 *
 *   MANNER   pause, read (from an empty pipe), poll, sleep, lock, condition; busy: all threads but
 *            the first allocate and free without end
 *   THREADS  that sleep so beside the first
 *   SIGURG   what the program does with it: default (nothing), ignored, blocked, counted (by a
 *            handler of its own, no SA_RESTART); fork: a child sleeps, exec: what the process
 *            becomes does
 *
 * Says "ready PID" when it sleeps, "interrupted" when a call that restarts did not, "urgent" when
 * its own handler ran. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *volatile kept[1024];
static const char *manner;
static int pipe_ends[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static void say(const char *text)
{
    if (write(1, text, strlen(text)) < 0)
        _exit(99);
}

static void count_urgent(int number)
{
    (void)number;
    say("urgent\n");
}

static int is(const char *word, const char *name)
{
    return strcmp(word, name) == 0;
}

__attribute__((noinline)) static void allocate(long leaked, long count)
{
    void *volatile block;
    for (long i = 0; i < count; i++)
        kept[i] = malloc(48);
    for (long i = 0; i < leaked; i++)
        block = malloc(32);
    block = NULL;
    (void)block;
}

/* Writes over what calls have left on the stack. */
__attribute__((noinline)) static void scrub(void)
{
    volatile char waste[16384];
    for (size_t i = 0; i < sizeof waste; i++)
        waste[i] = 0;
}

static void sleep_once(void)
{
    char byte;
    struct pollfd waited = {pipe_ends[0], POLLIN, 0};
    if (is(manner, "read")) {
        if (read(pipe_ends[0], &byte, 1) < 0)
            say("interrupted\n");
    } else if (is(manner, "poll")) {
        poll(&waited, 1, -1);
    } else if (is(manner, "sleep")) {
        sleep(1000);
    } else if (is(manner, "lock")) {
        pthread_mutex_lock(&held);
        say("interrupted\n");
    } else if (is(manner, "condition")) {
        pthread_mutex_lock(&mutex);
        pthread_cond_wait(&condition, &mutex);
        pthread_mutex_unlock(&mutex);
    } else {
        pause();
    }
}

static void *sleep_for_good(void *unused)
{
    (void)unused;
    for (;;)
        sleep_once();
    return NULL;
}

static void *churn(void *unused)
{
    (void)unused;
    for (size_t i = 0;; i++) {
        void *volatile block = malloc(16 + i % 500);
        free(block);
    }
    return NULL;
}

static void treat_urgent(const char *how)
{
    struct sigaction action = {.sa_handler = count_urgent};
    sigset_t urgent;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    if (is(how, "ignored"))
        signal(SIGURG, SIG_IGN);
    if (is(how, "blocked"))
        sigprocmask(SIG_BLOCK, &urgent, NULL);
    if (is(how, "counted"))
        sigaction(SIGURG, &action, NULL);
}

int main(int count, char **words)
{
    const char *how = count > 5 ? words[5] : "default";
    char text[32];
    manner = words[3];
    if (is(how, "exec"))
        execl(words[0], words[0], words[1], words[2], words[3], words[4], NULL);
    if (is(how, "fork") && fork() > 0)
        for (;;)
            pause();
    treat_urgent(how);
    if (pipe(pipe_ends) != 0)
        return 1;
    pthread_mutex_lock(&held);
    for (long threads = count > 4 ? atol(words[4]) : 0; threads > 0; threads--) {
        pthread_t thread;
        pthread_create(&thread, NULL, is(manner, "busy") ? churn : sleep_for_good, NULL);
    }
    allocate(atol(words[1]), atol(words[2]));
    scrub();
    snprintf(text, sizeof text, "ready %d\n", (int)getpid());
    say(text);
    sleep_for_good(NULL);
}
