/* stderr_nobody_reads.c: stderr is a pipe whose reader has gone, and the program says nothing
 * there: no SIGPIPE may come, and what is still in stdout's buffer must be written.
 *
 * EXPECT clean
 * EXPECT child unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT children=1
 */
#include <sys/wait.h>
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

int main(int count, char **arguments)
{
    int ends[2], status = -1;
    if (count > 1) {
        leak();
        return 0;
    }
    MUST(pipe(ends) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        dup2(ends[1], STDERR_FILENO);
        close(ends[1]);
        execl(arguments[0], arguments[0], "child", NULL);
        _exit(97);
    }
    close(ends[0]);
    close(ends[1]);
    waitpid(pid, &status, 0);
    say("the child ended with %#x\n", status);
    return 0;
}
