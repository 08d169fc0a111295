/* fork_without_allocation.c: a child that makes no block needs no trace: its frees of what it
 * inherited are no news.
 *
 * EXPECT unfreed function=malloc in=main blocks=23 bytes=851
 * EXPECT children=0
 */
#include <sys/wait.h>
#include "victim.h"

int main(void)
{
    static void *blocks[23];
    for (int i = 0; i < 23; i++)
        KEEP(blocks[i] = malloc(37));
    pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
        free(blocks[7]);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    return 0;
}
