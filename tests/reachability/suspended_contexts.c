/* suspended_contexts.c: coroutines that wait in the middle of something, with pointers on their
 * stacks, in a block and in a mapping, and in the registers that were saved.
 *
 * EXPECT reachable under=on_stack blocks=2 bytes=202
 * EXPECT reachable under=in_register blocks=2 bytes=206
 * EXPECT reachable under=stack_in_heap blocks=1 bytes=131072
 * DIFFERS lsan on_stack: definite 1, silent 1: memory that the program maps is no root there
 */
#include <sys/mman.h>
#include <ucontext.h>
#include "case.h"

enum { STACK = 128 << 10 };

#if defined(__x86_64__)
#define KEPT_REGISTER "r13"
#elif defined(__aarch64__)
#define KEPT_REGISTER "x21"
#endif

OBJECT(on_stack)
OBJECT(in_register)
OBJECT(stack_in_heap)

static ucontext_t outside, coroutines[2];

static void run(int number)
{
    void *volatile held = on_stack(101);
    register void *saved __asm__(KEPT_REGISTER) = in_register(103);
    __asm__ volatile("" : "+r"(saved));
    swapcontext(&coroutines[number], &outside);
    __asm__ volatile("" : "+r"(saved));
    KEEP(held);
}

STEP void start(void)
{
    void *stacks[2] = {stack_in_heap(STACK), mmap(NULL, STACK, PROT_READ | PROT_WRITE,
                                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)};
    MUST(stacks[1] != MAP_FAILED);
    for (int i = 0; i < 2; i++) {
        getcontext(&coroutines[i]);
        coroutines[i].uc_stack.ss_sp = stacks[i];
        coroutines[i].uc_stack.ss_size = STACK;
        coroutines[i].uc_link = &outside;
        makecontext(&coroutines[i], (void (*)(void))run, 1, i);
        swapcontext(&outside, &coroutines[i]);
    }
}

int main(void)
{
    start();
    forget();
    return 0;
}
