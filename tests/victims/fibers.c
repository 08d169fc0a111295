/* fibers.c: seven fibers take turns on one thread, each with a stack of its own, each in the middle
 * of something when it is left. Every stack is whole: it ends where its fiber began.
 *
 * EXPECT unfreed function=malloc in=leak blocks=301 bytes=11137 via=leak<step<fiber_main
 */
#include <ucontext.h>
#include "victim.h"

enum { FIBERS = 7, TURNS = 43 };

static ucontext_t outside, fibers[FIBERS];
static char stacks[FIBERS][64 << 10];

FRAME void leak(void)
{
    KEEP(malloc(37));
}

FRAME void step(int fiber)
{
    void *held = malloc(101);
    KEEP(held);
    leak();
    swapcontext(&fibers[fiber], &outside);
    free(held);
}

static void fiber_main(int fiber)
{
    for (int turn = 0; turn < TURNS; turn++)
        step(fiber);
    swapcontext(&fibers[fiber], &outside);
}

int main(void)
{
    for (int i = 0; i < FIBERS; i++) {
        getcontext(&fibers[i]);
        fibers[i].uc_stack.ss_sp = stacks[i];
        fibers[i].uc_stack.ss_size = sizeof(stacks[i]);
        fibers[i].uc_link = &outside;
        makecontext(&fibers[i], (void (*)(void))fiber_main, 1, i);
    }
    for (int turn = 0; turn <= TURNS; turn++)
        for (int i = 0; i < FIBERS; i++)
            swapcontext(&outside, &fibers[i]);
    return 0;
}
