/* samples_unnoticed.c: while the process is looked at once a second, inside an allocation: on a
 * fiber with a stack of one page, under a timer's signals whose handler allocates, in threads, and
 * in a vfork child. errno stays, and no descriptor is taken.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT mapped function=mmap in=main mappings=1 bytes=8192
 * RUN valgrind=no
 * RUN verify=no
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include "victim.h"

static ucontext_t outside, fiber;
static volatile int is_done;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

static void on_alarm(int signal)
{
    (void)signal;
    const int errno_before = errno;
    make_and_free(41);
    errno = errno_before;
}

static void *allocate_in_thread(void *unused)
{
    while (!is_done) {
        make_and_free(43);
        usleep(200);
    }
    return unused;
}

static void allocate_for_a_while(void)
{
    for (const double end = now() + 1.2; now() < end;) {
        errno = 4711;
        make_and_free(37);
        MUST(errno == 4711);
    }
}

static void fiber_main(void)
{
    allocate_for_a_while();
    swapcontext(&fiber, &outside);
}

static void run_fiber(char *pages, size_t page)
{
    getcontext(&fiber);
    fiber.uc_stack.ss_sp = pages + page;
    fiber.uc_stack.ss_size = page;
    fiber.uc_link = &outside;
    makecontext(&fiber, fiber_main, 0);
    swapcontext(&outside, &fiber);
}

int main(void)
{
    enum { PAGE = 4096 };
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(pages != MAP_FAILED && mprotect(pages, PAGE, PROT_NONE) == 0);
    make_and_free(37);
    const int first = open("/dev/null", O_RDONLY);
    run_fiber(pages, PAGE);

    const pid_t child = vfork();
    if (child == 0) {
        allocate_for_a_while();
        _exit(7);
    }
    int status = 0;
    waitpid(child, &status, 0);

    pthread_t thread;
    MUST(pthread_create(&thread, NULL, allocate_in_thread, NULL) == 0);
    const struct itimerval often = {{0, 700}, {0, 700}};
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &often, NULL);
    allocate_for_a_while();
    is_done = 1;
    pthread_join(thread, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    leak();
    say("child %d, next descriptor %d\n", WEXITSTATUS(status), open("/dev/null", O_RDONLY) - first);
    return 0;
}
