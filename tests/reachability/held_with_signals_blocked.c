/* held_with_signals_blocked.c: threads that have every signal blocked, glibc's own ones too, cannot
 * be asked to show their registers; their stacks are there to be read, and the arguments of the
 * system call that they wait in.
 *
 * EXPECT reachable under=waiting blocks=1 bytes=101
 * EXPECT reachable under=computing blocks=1 bytes=103
 * EXPECT reachable under=read_into blocks=1 bytes=107
 */
#include <pthread.h>
#include <sys/syscall.h>
#include "case.h"

OBJECT(waiting)
OBJECT(computing)
OBJECT(read_into)

static volatile int ready;
static int ends[2];

STEP void block_all(void)
{
    unsigned long all = ~0UL;
    MUST(syscall(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, NULL, sizeof(all)) == 0);
}

static void *wait_for_input(void *unused)
{
    void *volatile held = waiting(101);
    char byte;
    block_all();
    forget();
    ready++;
    MUST(read(ends[0], &byte, 1) == 1);
    KEEP(held);
    return unused;
}

static void *compute(void *unused)
{
    void *volatile held = computing(103);
    block_all();
    forget();
    ready++;
    for (;;)
        KEEP(held);
    return unused;
}

/* read(ends[0], the block, 1) */
static void *read_input(void *unused)
{
    block_all();
    long result;
    __asm__ volatile("lock incl %2\n xor %%r8d, %%r8d\n xor %%r9d, %%r9d\n xor %%r10d, %%r10d\n"
                     "syscall"
                     : "=a"(result)
                     : "0"(SYS_read), "m"(ready), "D"(ends[0]), "S"(read_into(107)), "d"(1)
                     : "rcx", "r8", "r9", "r10", "r11", "memory");
    KEEP(&result);
    return unused;
}

int main(void)
{
    void *(*threads[])(void *) = {wait_for_input, compute, read_input};
    MUST(pipe(ends) == 0);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, threads[i], NULL) == 0);
        while (ready <= i)
            usleep(1000);
    }
    forget();
    return 0;
}
