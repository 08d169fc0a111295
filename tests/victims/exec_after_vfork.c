/* exec_after_vfork.c: between vfork and exec the child runs in the parent's memory: what it
 * allocates there is the parent's block, and its exec does not end the parent's trace.
 *
 * EXPECT unfreed function=malloc in=leak blocks=10 bytes=370
 * EXPECT process.end=exited
 * EXPECT child unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT children=1
 * RUN valgrind=no
 */
#include <sys/wait.h>
#include "victim.h"

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

int main(int count, char **arguments)
{
    if (count > 1) {
        leak(23);
        return 0;
    }
    leak(3);
    pid_t pid = vfork();
    if (pid == 0) {
        leak(2);
        execl("/proc/self/exe", arguments[0], "child", (char *)NULL);
        _exit(1);
    }
    int status = -1;
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
    leak(5);
    return 0;
}
