/* vfork_exits.c: a vfork child that ends by _exit ends itself, not the parent's trace.
 *
 * EXPECT unfreed function=malloc in=leak blocks=8 bytes=296
 * EXPECT process.end=killed
 * EXPECT status=SIGKILL
 * EXPECT children=0
 */
#include <signal.h>
#include <sys/wait.h>
#include "victim.h"

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

int main(void)
{
    leak(3);
    pid_t pid = vfork();
    if (pid == 0)
        _exit(7);
    int status = -1;
    MUST(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7);
    leak(5);
    return raise(SIGKILL);
}
