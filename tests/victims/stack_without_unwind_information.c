/* stack_without_unwind_information.c: an assembly function that says nothing of its frame: a stack
 * ends there, and is marked as cut; nothing is guessed.
 *
 * EXPECT unfreed function=malloc in=leak blocks=7 bytes=259 via=leak<through
 * EXPECT trace.truncated_stacks=7
 * RUN valgrind=no
 */
#include "victim.h"

void through(void (*function)(void));

#if defined(__x86_64__)
__asm__(".text\n.globl through\n.type through, @function\nthrough:\n"
        "sub $24, %rsp\ncall *%rdi\nadd $24, %rsp\nret\n.size through, . - through\n");
#else
__asm__(".text\n.globl through\n.type through, %function\nthrough:\n"
        "sub sp, sp, 48\nstr x30, [sp, 16]\nblr x0\nldr x30, [sp, 16]\nadd sp, sp, 48\nret\n"
        ".size through, . - through\n");
#endif

static void leak(void)
{
    KEEP(malloc(37));
}

int main(void)
{
    for (int i = 0; i < 7; i++)
        through(leak);
    return 0;
}
