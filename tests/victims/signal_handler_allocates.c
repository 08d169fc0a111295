/* signal_handler_allocates.c: a timer's handler, on an alternate stack, allocates and frees while
 * the program does. It keeps out when the C library was interrupted, for malloc itself is no place
 * to call malloc from; anywhere else, between a hook's instructions above all, it may.
 *
 * EXPECT unfreed function=malloc in=leak_in_handler blocks=103 bytes=4223
 * EXPECT unfreed function=malloc in=leak blocks=any bytes=any
 * RUN valgrind=no
 * RUN verify=no
 */
#include <link.h>
#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>
#include "victim.h"

static uintptr_t forbidden[8][2]; /* code of the C library and of the loader */
static int forbidden_count;
static volatile int leaked;
static void *volatile passed; /* made by main, freed by the handler, or the other way around */

static int find_library(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (strstr(info->dlpi_name, "libc.so") || strstr(info->dlpi_name, "ld-linux"))
        for (int i = 0; i < info->dlpi_phnum; i++)
            if (info->dlpi_phdr[i].p_flags & PF_X) {
                uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
                forbidden[forbidden_count][0] = start;
                forbidden[forbidden_count++][1] = start + info->dlpi_phdr[i].p_memsz;
            }
    return 0;
}

FRAME void leak_in_handler(void)
{
    KEEP(malloc(41));
}

static void handler(int number, siginfo_t *info, void *interrupted)
{
    (void)number, (void)info;
#if defined(__x86_64__)
    uintptr_t pc = (uintptr_t)((ucontext_t *)interrupted)->uc_mcontext.gregs[REG_RIP];
#else
    uintptr_t pc = (uintptr_t)((ucontext_t *)interrupted)->uc_mcontext.pc;
#endif
    for (int i = 0; i < forbidden_count; i++)
        if (pc >= forbidden[i][0] && pc < forbidden[i][1])
            return;
    void *block = malloc(101);
    KEEP(block);
    free(block);
    free(__atomic_exchange_n(&passed, malloc(53), __ATOMIC_SEQ_CST));
    if (leaked < 103) {
        leaked = leaked + 1;
        leak_in_handler();
    }
}

FRAME void leak(void)
{
    KEEP(malloc(37));
}

int main(void)
{
    static char stack[64 << 10];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_sigaction = handler,
                               .sa_flags = SA_ONSTACK | SA_SIGINFO | SA_RESTART};
    struct itimerval timer = {{0, 100}, {0, 100}};
    dl_iterate_phdr(find_library, NULL);
    MUST(forbidden_count >= 2);
    leak(); /* bound, and known, before the first signal */
    free(__atomic_exchange_n(&passed, malloc(53), __ATOMIC_SEQ_CST));
    MUST(sigaltstack(&alternate, NULL) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
    MUST(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    for (int i = 0; leaked < 103 || i < 300000; i++) {
        if (i % 10007 == 0)
            leak();
        free(__atomic_exchange_n(&passed, malloc(53), __ATOMIC_SEQ_CST));
        for (volatile int work = 0; work < 50; work++)
            continue;
    }
    timer = (struct itimerval){0};
    setitimer(ITIMER_REAL, &timer, NULL);
    free(passed);
    return 0;
}
