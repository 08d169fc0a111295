/* One element too many of an array that calloc gave, which reads as zero up to its end.
 *
 * GUARD kind=out-of-bounds access=write in=fill allocated=main bytes=96 offset=96
 * LEFT kind=overrun in=main allocated=main bytes=96 offset=96
 * CANARY kind=overrun in=main allocated=main bytes=96 offset=96
 * VALGRIND Invalid write of size 8
 * ASAN heap-buffer-overflow
 */
#include "../misuse/case.h"

static FRAME void fill(long *numbers, int count)
{
    for (int i = 0; i <= count; i++)
        ((volatile long *)numbers)[i] = -1;
}

int main(int argc, char **argv)
{
    long *numbers = calloc(12, sizeof *numbers);
    HIDE(numbers);
    for (int i = 0; i < 12; i++)
        if (numbers[i] != 0)
            return 1;
    fill(numbers, is_wrong(argc, argv) ? 12 : 11);
    free(numbers);
    return 0;
}
