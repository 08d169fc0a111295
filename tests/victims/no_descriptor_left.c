/* no_descriptor_left.c: no descriptor can be had (RLIMIT_NOFILE): the parent's trace goes on; a
 * child cannot have one, and runs.
 *
 * EXPECT unfreed function=malloc in=leak blocks=20023 bytes=740851
 * EXPECT child any
 * EXPECT child process.end=any
 * EXPECT children>=0
 * EXPECT stderr any
 * RUN valgrind=no
 */
#include <sys/resource.h>
#include <sys/wait.h>
#include "victim.h"

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

int main(void)
{
    struct rlimit none = {3, 3};
    leak(23);
    MUST(setrlimit(RLIMIT_NOFILE, &none) == 0);
    MUST(dup(0) == -1 && errno == EMFILE);
    leak(20000);
    pid_t pid = fork();
    if (pid == 0) {
        leak(23);
        exit(7);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    say("child ended with %d\n", WEXITSTATUS(status));
    return 0;
}
