/* spawner.c: starts the program that its arguments name by posix_spawn, or with -e by fork and
 * exec, with -p by posix_spawnp; without LD_PRELOAD in its environment if -u comes first. It
 * allocates and frees one block, and ends with the status of the program. */
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **words)
{
    (void)count;
    void *volatile block = malloc(7);
    int (*spawn)(pid_t *, const char *, const posix_spawn_file_actions_t *,
                 const posix_spawnattr_t *, char *const[], char *const[]) = posix_spawn;
    int forks = 0, status = 0;
    pid_t pid = 0;
    free(block);
    for (words++; *words && **words == '-'; words++) {
        if (strcmp(*words, "-u") == 0)
            unsetenv("LD_PRELOAD");
        if (strcmp(*words, "-p") == 0)
            spawn = posix_spawnp;
        forks |= strcmp(*words, "-e") == 0;
    }
    if (!*words)
        return 97;
    if (!forks && spawn(&pid, *words, NULL, NULL, words, environ) != 0)
        return 98;
    if (forks && (pid = fork()) == 0) {
        execvp(*words, words);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid)
        return 99;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
