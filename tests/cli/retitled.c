/* retitled.c: writes a title over its arguments and environment, as servers do, and forks a child
 * that loses a block. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile block;

extern char **environ;

int main(int count, char **words)
{
    char *end = words[0] + strlen(words[0]);
    for (int i = 1; i < count; i++)
        if (words[i] == end + 1)
            end += 1 + strlen(words[i]);
    for (char **setting = environ; *setting; setting++)
        if (*setting == end + 1)
            end += 1 + strlen(*setting);
    memset(words[0], 't', (size_t)(end - words[0]));
    const pid_t pid = fork();
    if (pid == 0) {
        block = malloc(100);
        block = NULL;
        return 0;
    }
    return wait(NULL) != pid;
}
