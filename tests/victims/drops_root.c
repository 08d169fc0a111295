/* drops_root.c: a server that starts as root and goes on as nobody: its trace goes on; its children
 * may not write beside it, and run.
 *
 * EXPECT unfreed function=malloc in=leak blocks=20023 bytes=740851
 * EXPECT child any
 * EXPECT child process.end=any
 * EXPECT children>=0
 * EXPECT stderr any
 * RUN needs=root
 * RUN valgrind=no
 */
#include <grp.h>
#include <sys/wait.h>
#include "victim.h"

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

int main(void)
{
    leak(23);
    MUST(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
    leak(20000);
    pid_t pid = fork();
    if (pid == 0) {
        leak(7);
        exit(7);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    say("child ended with %d\n", WEXITSTATUS(status));
    return 0;
}
