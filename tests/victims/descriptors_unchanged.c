/* descriptors_unchanged.c: a program's first open gives the number it would give, and no descriptor
 * that the program did not open is to be seen; not in a child either.
 *
 * EXPECT clean
 * EXPECT child any
 * EXPECT child process.end=any
 * EXPECT children>=0
 * RUN valgrind=no
 * RUN verify=no
 */
#include <fcntl.h>
#include <sys/wait.h>
#include "victim.h"

static void show(const char *who)
{
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            say("%s: %d is open\n", who, fd);
}

int main(void)
{
    make_and_free(37);
    int file = open("/dev/null", O_RDONLY);
    say("the first is %d\n", file);
    show("parent");
    pid_t pid = fork();
    if (pid == 0) {
        make_and_free(37);
        show("child");
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    return 0;
}
