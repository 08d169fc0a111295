/* What a program finds of SIGSEGV is what it has set; what is sent to it arrives.
 *
 * GUARD nothing
 * LEFT nothing
 * CANARY nothing
 */
#include "../misuse/case.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t caught, code;
static char *page;

static void count(int number)
{
    caught += number == SIGSEGV;
}

static void open_page(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    code = info->si_addr == page ? info->si_code : -1;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            exit(__LINE__ % 100 + 100);                                                            \
    } while (0)

/* Sent to a process whose default it is, it kills. */
static int status_of_child(void)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status;
}

int main(int argc, char **argv)
{
    struct sigaction found, action = {.sa_sigaction = open_page, .sa_flags = SA_SIGINFO};
    is_wrong(argc, argv);
    MUST(sigaction(SIGSEGV, NULL, &found) == 0 && found.sa_handler == SIG_DFL && !found.sa_flags);
    MUST(signal(SIGSEGV, count) == SIG_DFL && signal(SIGSEGV, count) == count);
    MUST(raise(SIGSEGV) == 0 && caught == 1 && kill(getpid(), SIGSEGV) == 0 && caught == 2);
    MUST(sigaction(SIGSEGV, NULL, &found) == 0 && found.sa_handler == count);

    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(sigaction(SIGSEGV, &action, &found) == 0 && found.sa_handler == count);
    *(volatile char *)page = 1; /* a fault that is the program's own affair */
    MUST(code == SEGV_ACCERR);
    MUST(sigaction(SIGSEGV, NULL, &found) == 0 && found.sa_sigaction == open_page);

    action.sa_flags = SA_RESETHAND;
    action.sa_handler = count;
    MUST(sigaction(SIGSEGV, &action, NULL) == 0 && raise(SIGSEGV) == 0 && caught == 3);
    MUST(sigaction(SIGSEGV, NULL, &found) == 0 && found.sa_handler == SIG_DFL);
    MUST(signal(SIGSEGV, SIG_IGN) == SIG_DFL && raise(SIGSEGV) == 0 && caught == 3);
    const int status = status_of_child();
    MUST(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    return 0;
}
