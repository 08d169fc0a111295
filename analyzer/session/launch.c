/* launch.c: one child process. The program shall not notice that memtrace stands between it and
 * whoever started it: it is in the same process group, so the terminal's signals and job control
 * work as ever, and kill sent to memtrace ends up with the program. */
#include "launch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Those that someone may send to memtrace and mean the program. */
static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
enum { PASSED_ON = sizeof passed_on / sizeof passed_on[0] };

/* ---- environment ---- */

static char *join(const char *before, const char *between, const char *after)
{
    char *text;
    return asprintf(&text, "%s%s%s", before, after && *after ? between : "", after ? after : "") < 0
               ? NULL
               : text;
}

/* The option's value: `folder` with its percent signs doubled, and the name of a trace. NULL when
 * the folder holds a character that no quoting covers. */
static char *output_option(const char *folder)
{
    static const char name[] = "/memtrace.%e.%p.mtrace";
    if (strchr(folder, '"'))
        return NULL;
    char *option = malloc(sizeof "output=\"" + 2 * strlen(folder) + sizeof name + 1);
    if (!option)
        return NULL;
    char *end = stpcpy(option, "output=\"");
    for (const char *c = folder; *c; c++) {
        if (*c == '%')
            *end++ = '%';
        *end++ = *c;
    }
    stpcpy(stpcpy(end, name), "\"");
    return option;
}

/* A text of the heap is joined with what follows it, and freed. */
static char *join_on(char *before, const char *between, const char *after)
{
    char *text = before ? join(before, between, after) : NULL;
    free(before);
    return text;
}

/* The user's keys come after the defaults and before ours: of two equal keys the later one counts.
 */
static char *options_variable(const char *folder, const char *defaults, const char *orders)
{
    const char *given = getenv("MEMTRACE_OPTIONS");
    const char *between = given && *given && defaults ? ":" : "";
    char *output = output_option(folder);
    char *variable = output ? join("MEMTRACE_OPTIONS=", "", defaults) : NULL;
    variable = join_on(variable, between, given);
    variable = join_on(variable, (given && *given) || defaults ? ":" : "", output);
    variable = join_on(variable, ":", "quiet=1");
    variable = join_on(variable, ":", orders);
    free(output);
    return variable;
}

static int is_variable(const char *entry, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

int mt_launch_environment(const char *library, const char *folder, const char *defaults,
                          const char *orders, char ***ret_environment, struct mt_error *error)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **environment = calloc(count + 3, sizeof *environment);
    char *preload = join("LD_PRELOAD=", "", library);
    char *preloads = preload ? join(preload, ":", getenv("LD_PRELOAD")) : NULL;
    char *options = options_variable(folder, defaults, orders);
    free(preload);
    if (!environment || !preloads || !options) {
        free(environment);
        free(preloads);
        free(options);
        return mt_fail(error, MT_INCONCLUSIVE,
                       "%s: a folder with '\"' in its name cannot be given to the tracer (choose "
                       "another with -o)",
                       folder);
    }

    char **next = environment;
    *next++ = preloads;
    *next++ = options;
    for (size_t i = 0; i < count; i++) {
        if (!is_variable(environ[i], "LD_PRELOAD") && !is_variable(environ[i], "MEMTRACE_OPTIONS"))
            *next++ = environ[i];
    }
    *ret_environment = environment;
    return 0;
}

void mt_launch_environment_free(char **environment)
{
    if (!environment)
        return;
    free(environment[0]); /* the two that were made here; the others are the process's own */
    free(environment[1]);
    free(environment);
}

/* ---- the child ---- */

static volatile sig_atomic_t program_pid;

/* A signal from the terminal went to the whole process group, the program included; only what a
 * process sent to memtrace itself is handed on. */
static void pass_on(int signal, siginfo_t *info, void *context)
{
    (void)context;
    const int saved_errno = errno;
    if (info->si_code <= 0 && info->si_pid != program_pid)
        kill(program_pid, signal);
    errno = saved_errno;
}

/* Also where memtrace was told to ignore the signal (nohup, a shell's background job): the program
 * inherited that, and may have changed its mind. */
static void watch_signals(struct sigaction before[PASSED_ON])
{
    struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&action.sa_mask);
    for (int i = 0; i < PASSED_ON; i++)
        sigaction(passed_on[i], &action, &before[i]);
}

static void unwatch_signals(const struct sigaction before[PASSED_ON])
{
    for (int i = 0; i < PASSED_ON; i++)
        sigaction(passed_on[i], &before[i], NULL);
}

/* Returns 0 or an errno. The child gets the signal mask that this process had. */
static int spawn(const char *path, char *const *arguments, char *const *environment,
                 const sigset_t *mask, pid_t *ret_pid)
{
    posix_spawnattr_t attributes;
    int reason = posix_spawnattr_init(&attributes);
    if (reason != 0)
        return reason;
    posix_spawnattr_setsigmask(&attributes, mask);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    reason = posix_spawn(ret_pid, path, NULL, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    return reason;
}

/* Where the kernel has no descriptors for processes (before Linux 5.3) there are no beats. */
static void beat_until_end(pid_t pid, const struct mt_beat *beat)
{
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    while (end.fd >= 0) {
        const int ready = poll(&end, 1, beat->every_ms);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            break;
        if (ready == 0)
            beat->call(beat->context);
    }
    if (end.fd >= 0) {
        beat->last(beat->context);
        close(end.fd);
    }
}

static void wait_for(pid_t pid, struct mt_ended *ret_ended)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    *ret_ended = (struct mt_ended){
        .pid = pid,
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        .exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
        .mono_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
    };
}

int mt_launch(const char *path, char *const *arguments, char *const *environment,
              const struct mt_beat *beat, struct mt_ended *ret_ended, struct mt_error *error)
{
    signal(SIGCHLD, SIG_DFL); /* where it is ignored, the kernel would keep the status from us */

    sigset_t all, mask;
    struct sigaction before[PASSED_ON];
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask); /* what comes now waits for its handler */
    pid_t pid = 0;
    const int reason = spawn(path, arguments, environment, &mask, &pid);
    if (reason == 0) {
        program_pid = pid;
        watch_signals(before);
        sigprocmask(SIG_SETMASK, &mask, NULL);
        if (beat)
            beat_until_end(pid, beat);
        wait_for(pid, ret_ended);
        unwatch_signals(before);
        return 0;
    }
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return mt_fail(error, reason == ENOENT ? MT_NOT_FOUND : MT_NOT_EXECUTABLE,
                   "%s: cannot be started: %s (does it run without memtrace?)", path,
                   strerror(reason));
}

int mt_ended_status(const struct mt_ended *ended)
{
    return ended->signal ? 128 + ended->signal : ended->exit_status;
}
