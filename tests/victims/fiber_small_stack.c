/* fiber_small_stack.c: a fiber whose stack is one page, with an unmapped page below it.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT mapped function=mmap in=main mappings=1 bytes=8192
 * RUN valgrind=no
 * RUN verify=no
 */
#include <sys/mman.h>
#include <ucontext.h>
#include "victim.h"

static ucontext_t outside, fiber;

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++) {
        void *block = malloc(37);
        KEEP(block);
        free(block);
        KEEP(malloc(37));
    }
}

static void fiber_main(void)
{
    leak();
    swapcontext(&fiber, &outside);
}

int main(void)
{
    enum { PAGE = 4096 };
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(pages != MAP_FAILED && mprotect(pages, PAGE, PROT_NONE) == 0);
    make_and_free(37); /* what is done once is done on a stack with room */
    getcontext(&fiber);
    fiber.uc_stack.ss_sp = pages + PAGE;
    fiber.uc_stack.ss_size = PAGE;
    fiber.uc_link = &outside;
    makecontext(&fiber, fiber_main, 0);
    swapcontext(&outside, &fiber);
    say("back\n");
    return 0;
}
