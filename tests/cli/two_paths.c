/* two_paths.c: two leaks whose innermost seven functions are the same, so that only what lies
 * further out tells them apart; and one from each of eight functions, which main calls. */
#include <stdlib.h>

#define STAYS __attribute__((noinline, noclone))
static void *volatile sink;
static volatile int which; /* no two functions are the same: compilers would make them one */

#define CALLS(name, next)                                                                          \
    STAYS static void name(size_t size)                                                            \
    {                                                                                              \
        next(size);                                                                                \
        which = __COUNTER__;                                                                       \
        sink = NULL;                                                                               \
    }

STAYS static void inner(size_t size)
{
    sink = malloc(size);
    sink = NULL;
}
CALLS(second, inner)
CALLS(third, second)
CALLS(fourth, third)
CALLS(fifth, fourth)
CALLS(sixth, fifth)
CALLS(seventh, sixth)
CALLS(left, seventh)
CALLS(right, seventh)

#define LEAKS(name)                                                                                \
    STAYS static void name(void)                                                                   \
    {                                                                                              \
        sink = malloc(3);                                                                          \
        which = __COUNTER__;                                                                       \
        sink = NULL;                                                                               \
    }
LEAKS(one)
LEAKS(two) LEAKS(three) LEAKS(four) LEAKS(five) LEAKS(six) LEAKS(seven) LEAKS(eight)

    int main(void)
{
    left(11);
    right(13);
    one(), two(), three(), four(), five(), six(), seven(), eight();
    return 0;
}
