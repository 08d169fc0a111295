/* daemon.c: becomes a daemon by the steps of daemon(7), tells its parent by a pipe that it is ready,
 * answers on a socket until SIGTERM. It keeps what it was told until SIGHUP; then it is lost. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static volatile sig_atomic_t ended, lost;

static void on_signal(int signal)
{
    if (signal == SIGHUP)
        lost = 1;
    else
        ended = 1;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void close_all(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = 3; fd < (limit.rlim_cur < 4096 ? (int)limit.rlim_cur : 4096); fd++)
        close(fd);
}

static void reset_signals(void)
{
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int listening(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 9) != 0)
        fail(path);
    return fd;
}

static void write_pid(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        fail(path);
    fprintf(file, "%d\n", getpid());
    fclose(file);
}

static void drop_privileges(void)
{
    if (getuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 ||
                          setresuid(65534, 65534, 65534) != 0))
        fail("setresuid");
}

static void become(const char *socket_path, const char *pid_path, int ready, int *listener)
{
    if (setsid() < 0)
        fail("setsid");
    pid_t daemon = fork();
    if (daemon != 0)
        _exit(daemon < 0);
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    close(null);
    umask(0);
    *listener = listening(socket_path);
    write_pid(pid_path);
    if (chdir("/") != 0)
        fail("/");
    drop_privileges();
    if (write(ready, "r", 1) != 1)
        fail("write");
    close(ready);
}

static void serve(int listener)
{
    char **told = NULL;
    size_t count = 0;
    while (!ended) {
        int client = accept(listener, NULL, NULL);
        if (lost) {
            told = NULL; /* and with it all that it kept */
            count = 0;
            lost = 0;
        }
        if (client < 0)
            continue;
        char text[256];
        ssize_t length = read(client, text, sizeof text - 1);
        text[length < 0 ? 0 : length] = '\0';
        told = realloc(told, (count + 1) * sizeof *told);
        told[count++] = strdup(text);
        dprintf(client, "%zu told, the last %s", count, told[count - 1]);
        close(client);
    }
}

int main(int count, char **words)
{
    if (count != 3)
        return 2;
    close_all();
    reset_signals();
    int ready[2], listener;
    if (pipe(ready) != 0)
        fail("pipe");
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child > 0) {
        char told;
        close(ready[1]);
        return read(ready[0], &told, 1) != 1;
    }
    close(ready[0]);
    become(words[1], words[2], ready[1], &listener);
    sigaction(SIGHUP, &(struct sigaction){.sa_handler = on_signal}, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
    serve(listener);
    return 0;
}
