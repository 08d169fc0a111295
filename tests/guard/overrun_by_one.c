/* The byte behind a block is written.
 *
 * GUARD kind=out-of-bounds access=write in=fill allocated=make bytes=48 offset=48
 * LEFT kind=overrun in=main allocated=make bytes=48 offset=48
 * CANARY kind=overrun in=main allocated=make bytes=48 offset=48
 * VALGRIND Invalid write of size 1
 * ASAN heap-buffer-overflow
 */
#include "../misuse/case.h"

static FRAME char *make(void)
{
    char *block = malloc(48);
    HIDE(block);
    return block;
}

static FRAME void fill(char *block, int count)
{
    for (int i = 0; i < count; i++)
        ((volatile char *)block)[i] = 'x';
}

int main(int argc, char **argv)
{
    char *block = make();
    fill(block, is_wrong(argc, argv) ? 49 : 48);
    free(block);
    return 0;
}
