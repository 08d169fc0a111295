/* waits.c MANNER|none: threads that have blocked all signals, each in another system call that
 * waits for good and that no handler lets go on by itself (signal(7)), and treats any return as a
 * failure. The first thread waits in MANNER with nothing blocked, until SIGUSR1.
 *
 * Each thread holds a block in a register alone. One more block is lost. Says "ready PID" when all
 * wait, and who has been woken by what. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

static int ends[2], epoll, semaphores, messages;
static volatile int ready, is_ending;

static void say(const char *name, const char *what)
{
    char text[64];
    const int length = snprintf(text, sizeof text, "%s %s\n", name, what);
    if (write(1, text, (size_t)length) != length)
        _exit(99);
}

/* ---- to wait ---- */

static const struct timespec hour = {3600, 0};

static struct timespec in_an_hour(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    at.tv_sec += 3600;
    return at;
}

static int in_pause(void)
{
    return pause();
}

static int in_poll(void)
{
    return poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1);
}

static int in_ppoll(void)
{
    return ppoll(&(struct pollfd){ends[0], POLLIN, 0}, 1, &hour, NULL);
}

static int in_select(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval timeout = {3600, 0};
    return select(ends[0] + 1, &set, NULL, NULL, &timeout);
}

static int in_epoll_wait(void)
{
    struct epoll_event event;
    return epoll_wait(epoll, &event, 1, -1);
}

static int in_epoll_pwait(void)
{
    struct epoll_event event;
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    return epoll_pwait(epoll, &event, 1, -1, &mask);
}

static int in_sigsuspend(void)
{
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    return sigsuspend(&mask);
}

static int in_sigwaitinfo(void)
{
    sigset_t set;
    sigfillset(&set);
    sigdelset(&set, SIGUSR1);
    return sigwaitinfo(&set, NULL);
}

static int in_clock_nanosleep(void)
{
    const struct timespec at = in_an_hour(CLOCK_MONOTONIC);
    return errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static int in_sleep(void)
{
    errno = EINTR;
    return (int)sleep(3600);
}

static int in_semop(void)
{
    return semop(semaphores, &(struct sembuf){0, -1, 0}, 1);
}

static int in_msgrcv(void)
{
    struct {
        long type;
        char text[8];
    } message;
    return (int)msgrcv(messages, &message, sizeof message.text, 0, 0);
}

static int in_sem_timedwait(void)
{
    sem_t semaphore;
    const struct timespec at = in_an_hour(CLOCK_REALTIME);
    sem_init(&semaphore, 0, 0);
    return sem_timedwait(&semaphore, &at);
}

static const struct manner {
    const char *name;
    int (*wait)(void);
} manners[] = {
    {"pause", in_pause},
    {"poll", in_poll},
    {"ppoll", in_ppoll},
    {"select", in_select},
    {"epoll_wait", in_epoll_wait},
    {"epoll_pwait", in_epoll_pwait},
    {"sigsuspend", in_sigsuspend},
    {"sigwaitinfo", in_sigwaitinfo},
    {"clock_nanosleep", in_clock_nanosleep},
    {"sleep", in_sleep},
    {"semop", in_semop},
    {"msgrcv", in_msgrcv},
    {"sem_timedwait", in_sem_timedwait},
};
enum { MANNERS = sizeof manners / sizeof *manners };

/* ---- threads ---- */

static void *in_a_call(void *manner)
{
    const struct manner *its = manner;
    ready++;
    its->wait();
    if (!is_ending)
        say(its->name, strerror(errno));
    return manner;
}

/* Waits for a signal with the block in one register and nowhere else, in no dead frame either. */
static inline void hold_in_a_register(void *block)
{
#if defined(__x86_64__) /* pause() with it in r12 */
    __asm__ volatile("mov %0, %%r12\n lock incl %1\n xor %%eax, %%eax\n xor %%ecx, %%ecx\n"
                     "xor %%edx, %%edx\n xor %%esi, %%esi\n xor %%edi, %%edi\n xor %%r8d, %%r8d\n"
                     "xor %%r9d, %%r9d\n xor %%r10d, %%r10d\n"
                     "mov $34, %%eax\n syscall\n"
                     "mov %%eax, %2" ::"a"(block),
                     "m"(ready), "m"(errno)
                     : "r12", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory");
#else /* aarch64's ppoll() of nothing, with it in x19 */
    register void *first __asm__("x0") = block;
    __asm__ volatile("mov x19, x0\n"
                     "1: ldaxr w9, [%1]\n add w9, w9, #1\n stlxr w10, w9, [%1]\n cbnz w10, 1b\n"
                     "mov x0, xzr\n mov x1, xzr\n mov x2, xzr\n mov x3, xzr\n mov x4, xzr\n"
                     "mov x8, #73\n svc #0\n"
                     : "+r"(first)
                     : "r"(&ready)
                     : "x1", "x2", "x3", "x4", "x8", "x9", "x10", "x19", "memory");
#endif
}

static void *with_a_register(void *unused)
{
    hold_in_a_register(malloc(211));
    say("register", "woken");
    return unused;
}

static void start(void *(*thread)(void *), const struct manner *manner)
{
    const int before = ready;
    pthread_t id;
    pthread_create(&id, NULL, thread, (void *)manner);
    while (ready == before)
        usleep(1000);
}

static void on_user(int number)
{
    (void)number;
}

/* Writes over what calls have left on the stack. */
__attribute__((noinline)) static void scrub(void)
{
    volatile char waste[16384];
    for (size_t i = 0; i < sizeof waste; i++)
        waste[i] = 0;
}

static void clean_up(void)
{
    is_ending = 1;
    semctl(semaphores, 0, IPC_RMID);
    msgctl(messages, IPC_RMID, NULL);
}

int main(int count, char **words)
{
    sigset_t all;
    char text[32];
    if (pipe(ends) != 0)
        return 1;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    messages = msgget(IPC_PRIVATE, 0600);
    signal(SIGUSR1, on_user);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (int i = 0; i < MANNERS; i++)
        start(in_a_call, &manners[i]);
    start(with_a_register, NULL);
    void *volatile lost = malloc(307);
    lost = NULL;
    scrub();
    usleep(50000);
    snprintf(text, sizeof text, "%d", (int)getpid());
    say("ready", text);
    pthread_sigmask(SIG_UNBLOCK, &all, NULL);
    for (int i = 0; i < MANNERS; i++) {
        if (count < 2 || strcmp(words[1], manners[i].name) != 0)
            continue;
        errno = 0;
        manners[i].wait();
        say("main", strerror(errno));
    }
    (void)lost;
    clean_up();
    _exit(0);
}
