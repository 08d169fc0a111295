/* held_in_registers.c: the only pointer is in a register of a thread: one waits in a system call,
 * one computes; one has it in a vector register.
 *
 * EXPECT reachable under=in_r12_of_waiting blocks=1 bytes=101
 * EXPECT reachable under=in_rbx_of_busy blocks=1 bytes=103
 * EXPECT reachable under=in_xmm8_of_busy blocks=1 bytes=107
 * DIFFERS valgrind in_xmm8_of_busy: definite 1: it looks at the general registers alone
 */
#include <pthread.h>
#include "case.h"

OBJECT(in_r12_of_waiting)
OBJECT(in_rbx_of_busy)
OBJECT(in_xmm8_of_busy)

static volatile int ready;

/* No register but the one has it, and no dead frame. */
#define CLEAR                                                                                      \
    "xor %%eax, %%eax\n xor %%ecx, %%ecx\n xor %%edx, %%edx\n xor %%esi, %%esi\n"                  \
    "xor %%edi, %%edi\n xor %%r8d, %%r8d\n xor %%r9d, %%r9d\n xor %%r10d, %%r10d\n"

static void *wait_in_pause(void *unused)
{
    __asm__ volatile("mov %0, %%r12\n lock incl %1\n" CLEAR
                     "1: mov $34, %%eax\n syscall\n jmp 1b" ::"a"(in_r12_of_waiting(101)),
                     "m"(ready)
                     : "r12", "rcx", "r11", "memory");
    return unused;
}

static void *spin(void *unused)
{
    __asm__ volatile("mov %0, %%rbx\n lock incl %1\n" CLEAR
                     "1: mov $24, %%eax\n syscall\n jmp 1b" ::"a"(in_rbx_of_busy(103)),
                     "m"(ready)
                     : "rbx", "rcx", "r11", "memory");
    return unused;
}

static void *spin_with_vector(void *unused)
{
    __asm__ volatile("movq %0, %%xmm8\n lock incl %1\n" CLEAR
                     "1: pause\n jmp 1b" ::"a"(in_xmm8_of_busy(107)),
                     "m"(ready)
                     : "xmm8", "memory");
    return unused;
}

int main(void)
{
    void *(*threads[])(void *) = {wait_in_pause, spin, spin_with_vector};
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, threads[i], NULL) == 0);
        while (ready <= i)
            usleep(1000);
    }
    forget();
    return 0;
}
