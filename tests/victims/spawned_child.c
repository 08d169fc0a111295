/* spawned_child.c: children of posix_spawn, system and popen are traced like others.
 *
 * EXPECT unfreed function=malloc in=leak blocks=3 bytes=111
 * EXPECT child:spawned_child unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT child any
 * EXPECT child process.end=any
 * EXPECT children>=3
 * RUN valgrind=no
 */
#include <spawn.h>
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
    char child[] = "child", *words[] = {arguments[0], child, NULL};
    char line[4200];
    int status = -1;
    pid_t pid;
    leak(3);
    MUST(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, words, environ) == 0);
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
    snprintf(line, sizeof(line), "'%s' child", arguments[0]);
    MUST(system(line) == 0);
    FILE *pipe = popen(line, "r");
    MUST(pipe != NULL && pclose(pipe) == 0);
    return 0;
}
