/* retitled.c [WORD…]: does what programs do that set a title: has its arguments point to copies,
 * writes the title over them and the environment, and forks a child that loses a block. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile block;

extern char **environ;

/* On a page of its own, with nothing behind it: whoever reads on is seen to. */
static char *copy_of(const char *word)
{
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || munmap(pages + 4096, 4096) != 0)
        exit(1);
    return strcpy(pages, word);
}

int main(int count, char **words)
{
    char *start = words[0], *end = start + strlen(start);
    for (int i = 1; i < count; i++)
        if (words[i] == end + 1)
            end += 1 + strlen(words[i]);
    for (char **setting = environ; *setting; setting++)
        if (*setting == end + 1)
            end += 1 + strlen(*setting);
    for (int i = count - 1; i >= 0; i--)
        words[i] = copy_of(words[i]);
    memset(start, 't', (size_t)(end - start));
    const pid_t pid = fork();
    if (pid == 0) {
        block = malloc(100);
        block = NULL;
        return 0;
    }
    int status = -1;
    return wait(&status) != pid || status != 0;
}
