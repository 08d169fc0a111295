/* exec_fails.c: an exec that fails changes nothing: the trace goes on.
 *
 * EXPECT unfreed function=malloc in=leak blocks=26 bytes=962
 * EXPECT process.end=exited
 */
#include "victim.h"

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

int main(void)
{
    char *const nothing[] = {NULL};
    leak(3);
    execv("/nonexistent/program", nothing);
    say("execv: errno %d\n", errno);
    execlp("/", "/", (char *)NULL);
    say("execlp: errno %d\n", errno);
    execve("/dev/null", nothing, nothing);
    say("execve: errno %d\n", errno);
    leak(23);
    return 0;
}
