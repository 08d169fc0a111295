/* changes_root.c: chroot into an empty folder, without /proc, /dev and the trace's folder.
 *
 * EXPECT unfreed function=malloc in=leak blocks=20023 bytes=740851
 * EXPECT child any
 * EXPECT child process.end=any
 * EXPECT children>=0
 * EXPECT stderr any
 * RUN needs=root
 * RUN valgrind=no
 */
#include <sys/wait.h>
#include "victim.h"

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

int main(void)
{
    char root[] = "root-XXXXXX"; /* in the test's scratch folder */
    leak(23);
    MUST(mkdtemp(root) != NULL);
    MUST(chroot(root) == 0);
    leak(20000);
    pid_t pid = fork();
    if (pid == 0) {
        leak(7);
        exit(7);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    say("child ended with %d\n", WEXITSTATUS(status));
    say("folders were made here: %s\n", access("/tmp", F_OK) == 0 ? "yes" : "no");
    return 0;
}
