/* mapping_in_child.c: a forked child has its parent's mappings, but they are no leak of its own.
 *
 * EXPECT mapped function=mmap in=parent mappings=3 bytes=12288
 * EXPECT child mapped function=mmap in=child mappings=5 bytes=20480
 * EXPECT children=1
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include "victim.h"

enum { PAGE = 4096 };

static char *first;

FRAME void parent(void)
{
    for (int i = 0; i < 3; i++)
        first = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

FRAME void child(void)
{
    for (int i = 0; i < 5; i++)
        KEEP(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    MUST(munmap(first, PAGE) == 0);
}

int main(void)
{
    int status;
    parent();
    pid_t pid = fork();
    if (pid == 0) {
        child();
        return 0;
    }
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
    return 0;
}
