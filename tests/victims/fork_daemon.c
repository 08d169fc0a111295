/* fork_daemon.c: the classic daemon: two forks, a new session, descriptors closed, the root folder
 * as the working folder. The middle process allocates nothing; the daemon's trace lies where the
 * program was started.
 *
 * EXPECT unfreed function=malloc in=main blocks=5 bytes=185
 * EXPECT child unfreed function=malloc in=serve blocks=7 bytes=287
 * EXPECT children=1
 */
#include <sys/stat.h>
#include <sys/wait.h>
#include "victim.h"

FRAME void serve(void)
{
    for (int i = 0; i < 7; i++)
        KEEP(malloc(41));
}

int main(void)
{
    int ready[2];
    for (int i = 0; i < 5; i++)
        KEEP(malloc(37));
    MUST(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        umask(0);
        MUST(chdir("/") == 0);
        for (int i = 0; i < 3; i++)
            close(i);
        close(ready[0]);
        serve();
        exit(0);
    }
    close(ready[1]);
    waitpid(pid, NULL, 0);
    char byte;
    MUST(read(ready[0], &byte, 1) == 0); /* until the daemon has ended */
    return 0;
}
