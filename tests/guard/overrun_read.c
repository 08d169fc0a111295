/* A word behind a block is read, which changes nothing that could be found later.
 *
 * GUARD kind=out-of-bounds access=read in=sum allocated=main bytes=64 offset=64
 * LEFT nothing
 * CANARY nothing
 * VALGRIND Invalid read of size 8
 * ASAN heap-buffer-overflow
 */
#include "../misuse/case.h"

static FRAME long sum(const long *numbers, int count)
{
    long total = 0;
    for (int i = 0; i < count; i++)
        total += ((const volatile long *)numbers)[i];
    return total;
}

int main(int argc, char **argv)
{
    long *numbers = calloc(8, sizeof *numbers);
    HIDE(numbers);
    volatile long total = sum(numbers, is_wrong(argc, argv) ? 9 : 8);
    (void)total;
    free(numbers);
    return 0;
}
