/* In a forked child, of a block that its parent has made; both free what they have.
 *
 * GUARD kind=out-of-bounds access=write in=work allocated=make bytes=80 offset=80
 * LEFT kind=overrun in=work bytes=80 offset=80
 * CANARY kind=overrun in=work bytes=80 offset=80
 * VALGRIND Invalid write of size 1
 * ASAN heap-buffer-overflow
 * ENDS 0
 */
#include "../misuse/case.h"
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 7 };

static FRAME void *make(void)
{
    void *block = malloc(80);
    HIDE(block);
    return block;
}

static FRAME void work(void *block, int length)
{
    for (int i = 0; i < length; i++)
        ((volatile char *)block)[i] = 'x';
    free(block);
    STAY();
}

int main(int argc, char **argv)
{
    void *blocks[BLOCKS];
    int status;
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = make();
    const pid_t child = fork();
    for (int i = 0; i < BLOCKS; i++)
        work(blocks[i], child == 0 && i == 3 && is_wrong(argc, argv) ? 81 : 80);
    if (child == 0)
        _exit(0);
    waitpid(child, &status, 0);
    return 0;
}
