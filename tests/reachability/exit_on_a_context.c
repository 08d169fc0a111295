/* exit_on_a_context.c: a coroutine ends the process: the first thread's own stack, which it has
 * left, still holds what main holds.
 *
 * EXPECT reachable under=on_main_stack blocks=1 bytes=101
 * EXPECT reachable under=on_coroutine blocks=1 bytes=103
 */
#include <ucontext.h>
#include "case.h"

OBJECT(on_main_stack)
OBJECT(on_coroutine)

static ucontext_t outside, coroutine;
static char stack[128 << 10];

static void run(void)
{
    void *volatile held = on_coroutine(103);
    forget();
    exit(0);
    KEEP(held);
}

int main(void)
{
    void *volatile held = on_main_stack(101);
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = stack;
    coroutine.uc_stack.ss_size = sizeof(stack);
    makecontext(&coroutine, run, 0);
    swapcontext(&outside, &coroutine);
    KEEP(held);
    return 1;
}
