/* bus.c: what a program finds of SIGBUS is what it has set; what is sent to it arrives, once, where
 * it was sent; what it causes itself is its own affair. Says how far it came. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "../victims/victim.h"

enum { SENT = 200 };

static volatile sig_atomic_t caught, code;
static volatile uintptr_t sent_value;
static char *page;
static int file, is_over;

static void count(int number)
{
    caught += number == SIGBUS;
    make_and_free(41);
}

static void mend(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    code = info->si_addr == page ? info->si_code : -1;
    MUST(ftruncate(file, 4096) == 0);
}

static void take_value(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    code = info->si_code;
    sent_value = (uintptr_t)info->si_value.sival_ptr;
}

/* How a child ends that does `what`. */
static int end_of(void (*what)(void))
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        what();
        _exit(0);
    }
    MUST(child > 0 && waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void raise_default(void)
{
    signal(SIGBUS, SIG_DFL);
    raise(SIGBUS);
}

static void touch_default(void)
{
    signal(SIGBUS, SIG_DFL);
    MUST(ftruncate(file, 0) == 0);
    *(volatile char *)page = 1;
}

static void touch_ignored(void)
{
    signal(SIGBUS, SIG_IGN);
    MUST(ftruncate(file, 0) == 0);
    *(volatile char *)page = 1;
}

static void touch_blocked(void)
{
    sigset_t bus;
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    signal(SIGBUS, count);
    MUST(sigprocmask(SIG_BLOCK, &bus, NULL) == 0 && ftruncate(file, 0) == 0);
    *(volatile char *)page = 1;
}

static void dispositions(void)
{
    struct sigaction found, action = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
    MUST(sigaction(SIGBUS, NULL, &found) == 0 && found.sa_handler == SIG_DFL && !found.sa_flags);
    MUST(signal(SIGBUS, count) == SIG_DFL && signal(SIGBUS, count) == count);
    MUST(raise(SIGBUS) == 0 && caught == 1 && kill(getpid(), SIGBUS) == 0 && caught == 2);
    MUST(sigaction(SIGBUS, NULL, &found) == 0 && found.sa_handler == count);
    MUST(sigaction(SIGBUS, &action, &found) == 0 && found.sa_handler == count);
    MUST(ftruncate(file, 0) == 0);
    *(volatile char *)page = 1; /* a fault that is the program's own affair */
    MUST(code == BUS_ADRERR);
    MUST(sigaction(SIGBUS, NULL, &found) == 0 && found.sa_sigaction == mend);
    action.sa_sigaction = take_value;
    MUST(sigaction(SIGBUS, &action, NULL) == 0);
    MUST(sigqueue(getpid(), SIGBUS, (union sigval){.sival_ptr = &action}) == 0);
    MUST(code == SI_QUEUE && sent_value == (uintptr_t)&action);
    action.sa_flags = SA_RESETHAND;
    action.sa_handler = count;
    MUST(sigaction(SIGBUS, &action, NULL) == 0 && raise(SIGBUS) == 0 && caught == 3);
    MUST(sigaction(SIGBUS, NULL, &found) == 0 && found.sa_handler == SIG_DFL);
    MUST(signal(SIGBUS, SIG_IGN) == SIG_DFL && raise(SIGBUS) == 0 && caught == 3);
}

/* Blocked, it waits; and it waits as well where the tracer is at work. */
static void *allocate_and_map(void *unused)
{
    (void)unused;
    while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
        void *mapping = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(mapping != MAP_FAILED && munmap(mapping, 4096) == 0);
        make_and_free(43);
    }
    return NULL;
}

static void sent_while_at_work(void)
{
    pthread_t thread;
    MUST(signal(SIGBUS, count) != SIG_ERR &&
         pthread_create(&thread, NULL, allocate_and_map, NULL) == 0);
    caught = 0;
    for (int i = 1; i <= SENT; i++) {
        MUST(pthread_kill(thread, SIGBUS) == 0);
        while (caught < i)
            usleep(10);
    }
    is_over = 1;
    MUST(pthread_join(thread, NULL) == 0 && caught == SENT);
}

static void sent_while_blocked(void)
{
    sigset_t bus, before, waiting;
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    caught = 0;
    MUST(sigprocmask(SIG_BLOCK, &bus, &before) == 0 && kill(getpid(), SIGBUS) == 0);
    is_over = 0;
    for (int i = 0; i < 100; i++) {
        void *mapping = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(mapping != MAP_FAILED && munmap(mapping, 4096) == 0);
    }
    MUST(caught == 0 && sigpending(&waiting) == 0 && sigismember(&waiting, SIGBUS));
    MUST(sigprocmask(SIG_SETMASK, &before, NULL) == 0 && caught == 1);
}

int main(void)
{
    char name[] = "/tmp/memtrace-test-XXXXXX";
    file = mkstemp(name);
    MUST(file >= 0 && unlink(name) == 0 && ftruncate(file, 4096) == 0);
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    MUST(page != MAP_FAILED);
    dispositions();
    say("raised %d, touched %d, ignored %d, blocked %d\n", end_of(raise_default),
        end_of(touch_default), end_of(touch_ignored), end_of(touch_blocked));
    sent_while_at_work();
    sent_while_blocked();
    signal(SIGBUS, SIG_DFL);
    say("and dies of it\n");
    MUST(ftruncate(file, 0) == 0);
    return *(volatile char *)page;
}
