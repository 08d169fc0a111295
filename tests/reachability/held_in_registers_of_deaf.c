/* held_in_registers_of_deaf.c: the only pointer is in a register of a thread that has blocked all
 * signals, as programs do that leave them to one thread. One waits for signals itself, one waits in
 * another system call, one computes.
 *
 * EXPECT reachable under=in_r12_of_waiting blocks=1 bytes=101
 * EXPECT reachable under=in_r12_of_signalled blocks=1 bytes=103
 * EXPECT reachable under=in_rbx_of_busy blocks=1 bytes=107
 * EXPECT definite under=lost blocks=1 bytes=109
 */
#include <pthread.h>
#include <signal.h>
#include "case.h"

OBJECT(in_r12_of_waiting)
OBJECT(in_r12_of_signalled)
OBJECT(in_rbx_of_busy)
OBJECT(lost)

static volatile int ready;
static sigset_t all;

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

/* sigtimedwait(&all, NULL, NULL, 8) */
static void *wait_for_signals(void *unused)
{
    __asm__ volatile("mov %0, %%r12\n mov %2, %%r13\n lock incl %1\n" CLEAR
                     "1: mov %%r13, %%rdi\n mov $8, %%r10\n mov $128, %%eax\n syscall\n"
                     "jmp 1b" ::"a"(in_r12_of_signalled(103)),
                     "m"(ready), "r"(&all)
                     : "r12", "r13", "rcx", "r11", "memory");
    return unused;
}

static void *spin(void *unused)
{
    __asm__ volatile("mov %0, %%rbx\n lock incl %1\n" CLEAR
                     "1: pause\n jmp 1b" ::"a"(in_rbx_of_busy(107)),
                     "m"(ready)
                     : "rbx", "memory");
    return unused;
}

int main(void)
{
    void *(*threads[])(void *) = {wait_in_pause, wait_for_signals, spin};
    sigfillset(&all);
    MUST(pthread_sigmask(SIG_BLOCK, &all, NULL) == 0);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, threads[i], NULL) == 0);
        while (ready <= i)
            usleep(1000);
    }
    usleep(20000);
    lost(109);
    forget();
    return 0;
}
