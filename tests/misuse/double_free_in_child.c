/* A forked child frees what it has inherited: once is right, twice is wrong. What the parent has
 * freed since, and what it allocates itself, is another matter.
 *
 * EXPECT kind=double-free function=free in=give_again
 * VALGRIND Invalid free\(\)
 */
#include "case.h"
#include <sys/wait.h>
#include <unistd.h>

static FRAME void give_again(void *block)
{
    free(block);
    STAY();
}

int main(int argc, char **argv)
{
    enum { BLOCKS = 31 };
    void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(48);
        HIDE(blocks[i]);
    }
    const pid_t child = fork();
    if (child == 0) {
        void *own = malloc(48);
        HIDE(own);
        for (int i = 0; i < BLOCKS; i++)
            free(blocks[i]);
        if (is_wrong(argc, argv))
            give_again(
                blocks[0]); /* the allocator's list of such blocks is full: it sees nothing */
        free(own);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return 0;
}
