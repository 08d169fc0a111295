/* stack_of_signed_returns.c: functions that sign their return addresses before these go to the
 * stack (aarch64's pointer authentication, which this is built with) are told like others: in a
 * recursion that is met again at other depths, called back by libc, and below a signal's frame.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851 via=leak<dive<dive
 * EXPECT unfreed function=malloc in=leak_beside blocks=7 bytes=287 via=leak_beside<compare
 * EXPECT unfreed function=malloc in=leak_in_handler blocks=5 bytes=215 via=leak_in_handler<handler
 * RUN options=depth=512
 * RUN verify=no
 */
#include <signal.h>
#include "victim.h"

enum { DEEP = 97 };

FRAME void leak(void)
{
    KEEP(malloc(37));
}

FRAME int dive(int left)
{
    if (left == 0)
        leak();
    const int result = left ? dive(left - 1) : 0;
    KEEP(&result);
    return result + left;
}

FRAME void leak_beside(void)
{
    KEEP(malloc(41));
}

FRAME int compare(const void *left, const void *right)
{
    static int left_over = 7;
    if (left_over > 0)
        leak_beside();
    left_over--;
    KEEP(&left);
    return *(const int *)left - *(const int *)right;
}

FRAME void leak_in_handler(void)
{
    KEEP(malloc(43));
}

static void handler(int number)
{
    leak_in_handler();
    KEEP(&number);
}

int main(void)
{
    int numbers[] = {5, 3, 2, 7, 11, 17, 13};
    for (int i = 0; i < 23; i++)
        MUST(dive(i % 4 * DEEP + 3) > 0);
    qsort(numbers, 7, sizeof(int), compare);
    MUST(signal(SIGUSR1, handler) != SIG_ERR);
    for (int i = 0; i < 5; i++)
        raise(SIGUSR1);
    return 0;
}
