/* stack_of_call_without_return.c: a call that never returns may be a function's last instruction:
 * its return address is already the next function's. The stack names the one that called.
 *
 * EXPECT status=7
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851 via=leak<ends<caller<main
 */
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

__attribute__((noinline, noreturn)) static void ends(void)
{
    leak();
    exit(7);
}

__attribute__((noinline)) static void caller(volatile int *count)
{
    *count += 1;
    ends();
}

int main(void)
{
    volatile int count = 0;
    caller(&count);
    return 0;
}
