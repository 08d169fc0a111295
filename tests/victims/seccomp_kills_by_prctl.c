/* seccomp_kills_by_prctl.c: a filter that kills whoever opens a file, installed by prctl: the program
 * goes on, allocates, forks and ends as it would alone.
 *
 * EXPECT unfreed function=malloc in=allocate_for_a_while blocks=23 bytes=851
 * EXPECT stderr any
 * RUN valgrind=no
 */
#include <sys/wait.h>
#include "kill_filter.h"

int main(void)
{
    make_and_free(37);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &kill_filter) != 0) {
        say("no filters here\n");
        return 1;
    }
    allocate_for_a_while(23);
    int status;
    const pid_t child = fork();
    if (child == 0) {
        make_and_free(41);
        _exit(7);
    }
    MUST(child > 0 && waitpid(child, &status, 0) == child);
    say("child %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
