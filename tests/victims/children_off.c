/* children_off.c: with children=off forked and exec'ed children are not traced.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT children=0
 * RUN options=children=off
 * RUN valgrind=no
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
    if (count > 1) { /* the exec'ed child */
        leak();
        return 0;
    }
    pid_t forked = fork();
    if (forked == 0) {
        leak();
        exit(0);
    }
    pid_t spawned = fork();
    if (spawned == 0) {
        execl("/proc/self/exe", arguments[0], "child", (char *)NULL);
        _exit(1);
    }
    int status = -1;
    waitpid(forked, NULL, 0);
    MUST(waitpid(spawned, &status, 0) == spawned && status == 0);
    leak();
    return 0;
}
