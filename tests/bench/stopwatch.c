/* stopwatch.c: runs a program and says what it took. It is small, so that the peak memory the
 * kernel reports is the program's: a child begins its life with its parent's peak, and Python's
 * would hide that of most programs.
 *
 *     stopwatch RESULT COUNT [NAME=VALUE ...] -- PROGRAM [ARGUMENT ...]
 *
 * runs PROGRAM COUNT times with the variables added and appends a line to the file RESULT for each:
 * wall ns, cpu ns (it and its children), peak KiB, status (128+N for signal N). */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct result {
    int64_t wall_ns, cpu_ns;
    long peak_kib;
    int status;
};

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t time_ns(struct timeval time)
{
    return time.tv_sec * INT64_C(1000000000) + time.tv_usec * INT64_C(1000);
}

/* In the child. Without the stopwatch it shall not go on. */
static _Noreturn void become(char **variables, char **program)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (; variables < program - 1; variables++)
        putenv(*variables);
    execvp(program[0], program);
    fprintf(stderr, "stopwatch: %s: %s\n", program[0], strerror(errno));
    _exit(127);
}

static int run(char **variables, char **program, struct result *ret)
{
    struct rusage usage;
    int status;
    int64_t start = now_ns();
    pid_t pid = fork();
    if (pid == 0)
        become(variables, program);
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
        return -1;
    ret->wall_ns = now_ns() - start;
    ret->cpu_ns = time_ns(usage.ru_utime) + time_ns(usage.ru_stime);
    ret->peak_kib = usage.ru_maxrss;
    ret->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return 0;
}

int main(int argc, char **argv)
{
    char **program = argv + (argc > 3 ? 3 : argc);
    while (*program && strcmp(*program, "--") != 0)
        program++;
    FILE *file = *program && program[1] ? fopen(argv[1], "a") : NULL;
    if (!file) {
        fprintf(stderr,
                "usage: stopwatch RESULT COUNT [NAME=VALUE ...] -- PROGRAM [ARGUMENT ...]\n");
        return 2;
    }
    for (int i = atoi(argv[2]); i > 0; i--) {
        struct result result;
        if (run(argv + 3, program + 1, &result)) {
            perror("stopwatch");
            return 1;
        }
        fprintf(file, "%lld %lld %ld %d\n", (long long)result.wall_ns, (long long)result.cpu_ns,
                result.peak_kib, result.status);
    }
    return fclose(file) ? 1 : 0;
}
