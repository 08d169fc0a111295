/* What was freed is read.
 *
 * GUARD kind=use-after-free access=read in=look allocated=main freed=give bytes=40 offset=8
 * LEFT kind=use-after-free access=read in=look allocated=main freed=give bytes=40 offset=8
 * CANARY nothing
 * VALGRIND Invalid read of size 8
 * ASAN heap-use-after-free
 * ELSEWHERE main
 */
#include "../misuse/case.h"

static FRAME long look(const long *numbers)
{
    const long found = ((const volatile long *)numbers)[1];
    STAY();
    return found;
}

static FRAME void give(void *block)
{
    free(block);
    STAY();
}

int main(int argc, char **argv)
{
    long *numbers = calloc(5, sizeof *numbers);
    HIDE(numbers);
    if (!is_wrong(argc, argv))
        return look(numbers) != 0 ? 1 : (give(numbers), 0);
    give(numbers);
    HIDE(numbers);
    volatile long found = look(numbers);
    (void)found;
    return 0;
}
