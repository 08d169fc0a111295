/* fork_child.c: a forked child has a trace of its own. What it inherited is not its leak, whether
 * it frees it or not; what it makes is, also at addresses it inherited as free.
 *
 * EXPECT unfreed function=malloc in=main blocks=23 bytes=851
 * EXPECT child unfreed function=malloc in=child blocks=7 bytes=287
 * EXPECT children=1
 */
#include <sys/wait.h>
#include "victim.h"

FRAME void child(void *const *inherited)
{
    for (int i = 0; i < 11; i++)
        free(inherited[i]);
    for (int i = 0; i < 7; i++)
        KEEP(malloc(41));
    for (int i = 0; i < 100; i++) {
        void *block = malloc((size_t)i);
        KEEP(block);
        free(block);
    }
}

int main(void)
{
    static void *blocks[23];
    for (int i = 0; i < 23; i++)
        KEEP(blocks[i] = malloc(37));
    pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
        child(blocks);
        exit(0);
    }
    int status = -1;
    MUST(waitpid(pid, &status, 0) == pid);
    say("child ended with %d\n", status);
    return 0;
}
