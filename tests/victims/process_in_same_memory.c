/* process_in_same_memory.c: a process that shares this one's memory without being a thread of it
 * (clone with CLONE_VM alone) allocates while threads come and go: its records stay its own.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT mapped function=mmap in=main mappings=1 bytes=1048576
 * EXPECT counters unknown_frees=0
 * RUN valgrind=no
 * RUN verify=no
 */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "victim.h"

enum { STACK_BYTES = 1 << 20, THREADS = 211 };

static volatile int is_done;

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

static int process(void *unused)
{
    (void)unused;
    while (!is_done)
        make_and_free(37);
    syscall(SYS_exit, 7);
    return 0;
}

static void *thread(void *unused)
{
    for (int i = 0; i < 5003; i++)
        make_and_free(41);
    return unused;
}

/* Thread-local storage for it, made by the loader as for a thread; then what x86-64's ABI wants at
 * its base, and glibc's stack and pointer guards. */
static char *make_storage(void)
{
    void *(*make)(void *) = (void *(*)(void *))dlsym(RTLD_DEFAULT, "_dl_allocate_tls");
    MUST(make != NULL);
    char *base = make(NULL);
    MUST(base != NULL);
#if defined(__x86_64__)
    enum { GUARDS_OFFSET = 0x28, GUARDS_BYTES = 16 };
    ((void **)base)[0] = ((void **)base)[2] = base;
    memcpy(base + GUARDS_OFFSET, (char *)pthread_self() + GUARDS_OFFSET, GUARDS_BYTES);
#endif
    return base;
}

int main(void)
{
    char *stack =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(stack != MAP_FAILED);
    const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SETTLS | SIGCHLD;
    pid_t pid = clone(process, stack + STACK_BYTES, flags, NULL, NULL, make_storage(), NULL);
    MUST(pid > 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_t id;
        MUST(pthread_create(&id, NULL, thread, NULL) == 0 && pthread_join(id, NULL) == 0);
    }
    is_done = 1;
    int status = -1;
    waitpid(pid, &status, 0);
    leak();
    say("it ended with %d\n", WEXITSTATUS(status));
    return 0;
}
