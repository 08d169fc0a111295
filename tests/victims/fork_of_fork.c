/* fork_of_fork.c: a chain of five processes, each the child of the one before: each trace holds
 * what its own process made.
 *
 * EXPECT unfreed function=malloc in=leak blocks=1 bytes=37
 * EXPECT child unfreed function=malloc in=leak blocks=1 bytes=37
 * EXPECT children=4
 */
#include <sys/wait.h>
#include "victim.h"

FRAME void leak(void)
{
    KEEP(malloc(37));
}

int main(void)
{
    leak();
    for (int generation = 0; generation < 4; generation++) {
        pid_t pid = fork();
        MUST(pid >= 0);
        if (pid > 0) {
            waitpid(pid, NULL, 0);
            return 0;
        }
        leak();
    }
    return 0;
}
