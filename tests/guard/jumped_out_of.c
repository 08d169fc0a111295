/* The program leaves its handler by a jump, again and again, and goes on.
 *
 * GUARD kind=use-after-free access=write in=put allocated=main freed=main offset=10 count=3
 * LEFT kind=use-after-free access=write in=put allocated=main freed=main offset=10 count=3
 * CANARY nothing
 * ENDS 3
 */
#include "../misuse/case.h"
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf out;

static void handle(int number)
{
    siglongjmp(out, number);
}

static FRAME void put(char *block)
{
    ((volatile char *)block)[10] = 1;
}

int main(int argc, char **argv)
{
    const int wrong = is_wrong(argc, argv);
    volatile int caught = 0;
    signal(SIGSEGV, handle);
    char *block = malloc(64);
    HIDE(block);
    if (wrong)
        free(block);
    HIDE(block);
    for (volatile int i = 0; i < 3; i++) {
        if (sigsetjmp(out, 1) == 0)
            put(block);
        else
            caught++;
        char *other = malloc(100);
        HIDE(other);
        free(other);
    }
    if (!wrong)
        free(block);
    return caught;
}
