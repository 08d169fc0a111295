/* held_in_registers_unseen.c: the only pointer is in a register of a thread that has blocked every
 * signal, glibc's own ones too: nobody can ask for it. What may be held so is not called lost.
 *
 * EXPECT unclassified under=in_r12 blocks=1 bytes=101
 * EXPECT unclassified under=below blocks=1 bytes=103
 * EXPECT unclassified under=lost blocks=1 bytes=107
 * EXPECT reachable under=kept blocks=1 bytes=109
 * DIFFERS valgrind in_r12: reachable 1: it is the processor, and knows all registers
 * DIFFERS valgrind below: reachable 1: it is the processor, and knows all registers
 * DIFFERS valgrind lost: definite 1: it is the processor, and knows all registers
 * DIFFERS lsan lost: definite 1: it asks for registers by ptrace
 * DIFFERS lsan in_r12: silent 1: it asks for registers by ptrace
 * DIFFERS lsan below: silent 1: it asks for registers by ptrace
 */
#include <pthread.h>
#include <sys/syscall.h>
#include "case.h"

OBJECT(in_r12)
OBJECT(below)
OBJECT(lost)
OBJECT(kept)

static volatile int ready;
static void *volatile keeper;

STEP void **chain(void)
{
    void **head = in_r12(101);
    head[0] = below(103);
    return head;
}

static void *wait_in_pause(void *unused)
{
    unsigned long all = ~0UL;
    MUST(syscall(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, NULL, sizeof(all)) == 0);
    /* Nor has anything below the stack pointer that is near enough to be in use. */
    __asm__ volatile("mov %0, %%r12\n lea -256(%%rsp), %%rdi\n mov $32, %%ecx\n"
                     "xor %%eax, %%eax\n rep stosq\n lock incl %1\n xor %%edx, %%edx\n"
                     "xor %%esi, %%esi\n xor %%edi, %%edi\n xor %%r8d, %%r8d\n"
                     "xor %%r9d, %%r9d\n xor %%r10d, %%r10d\n"
                     "1: mov $34, %%eax\n syscall\n jmp 1b" ::"a"(chain()),
                     "m"(ready)
                     : "r12", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory");
    return unused;
}

int main(void)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, wait_in_pause, NULL) == 0);
    while (!ready)
        usleep(1000);
    usleep(20000);
    lost(107);
    keeper = kept(109);
    forget();
    return 0;
}
