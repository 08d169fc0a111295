/* strict.c WORD: a program that puts itself into a sandbox that kills at the first call it does not
 * make itself, and then allocates, from new stacks and in new places, as much as that lets it.
 *
 *   mode     SECCOMP_MODE_STRICT: read, write and exit, for all that malloc has in store
 *   filter   the same by a filter
 *   heap     brk, mmap and munmap are let pass as well, and a signal that is ignored
 *   tagged   the same, but of mmap only what is private: a filter may look at arguments
 *   threads  and what making a thread takes
 *   twice    filter after heap
 *   listener heap, and somebody may be asked to decide
 *   probes   asks whether there are filters, as libseccomp does, and installs none
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "../victims/victim.h"

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW(name)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)
#define KILL BPF_STMT(BPF_RET, SECCOMP_RET_KILL_PROCESS)
#define BARE LOAD(nr), ALLOW(read), ALLOW(write), ALLOW(exit), ALLOW(exit_group)
#define HEAP BARE, ALLOW(brk), ALLOW(munmap), ALLOW(seccomp), ALLOW(kill)

static struct sock_filter bare[] = {BARE, KILL};
static struct sock_filter heap[] = {HEAP, ALLOW(mmap), ALLOW(prctl), KILL};
static struct sock_filter threads[] = {
    HEAP,         ALLOW(mmap),           ALLOW(mprotect),     ALLOW(madvise),
    ALLOW(clone), ALLOW(clone3),         ALLOW(futex),        ALLOW(set_robust_list),
    ALLOW(rseq),  ALLOW(rt_sigprocmask), ALLOW(rt_sigaction), KILL};
static struct sock_filter tagged[] = {
    HEAP, /* the fourth word of the arguments holds the flags */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
    LOAD(args[3]),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAP_PRIVATE | MAP_ANONYMOUS, 0, 1),
    BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW),
    KILL};

#define INSTALL(rules)                                                                             \
    do {                                                                                           \
        struct sock_fprog program = {sizeof(rules) / sizeof *(rules), rules};                      \
        MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);                     \
    } while (0)

/* The kernel gives a descriptor, or says that there is somebody already. */
static void install_with_listener(void)
{
    struct sock_fprog asked = {sizeof heap / sizeof *heap, heap};
    const long descriptor =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &asked);
    MUST(descriptor > 0 || errno == EBUSY);
    if (descriptor < 0)
        INSTALL(heap);
}

FRAME void allocate(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        char *block = malloc(37 + i % 500);
        MUST(block);
        block[0] = 1;
        block = realloc(block, 600);
        MUST(block && block[0] == 1);
        free(block);
    }
}

FRAME void deeper(int depth)
{
    if (depth)
        deeper(depth - 1);
    else
        allocate(11);
    KEEP(&depth);
}

static void *work(void *unused)
{
    allocate(1009);
    return unused;
}

static void use_the_heap(void)
{
    for (int i = 0; i < 31; i++) {
        char *mapping =
            mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(mapping != MAP_FAILED);
        mapping[0] = 1;
        MUST(munmap(mapping, 8192) == 0);
    }
    for (int i = 0; i < 401; i++)
        KEEP(malloc(9001)); /* 3.6 MB: the break moves */
    make_and_free(1 << 21);
}

int main(int count, char **words)
{
    MUST(count == 2);
    const char *word = words[1];
    const int is_mode = strcmp(word, "mode") == 0, is_probe = strcmp(word, "probes") == 0;
    const int is_bare = is_mode || strcmp(word, "filter") == 0;
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_MMAP_THRESHOLD, is_bare ? 1 << 24 : 1 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
    make_and_free(1 << 20);
    const pid_t pid = getpid();
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (is_probe) {
        MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == -1 && errno == EFAULT);
        MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 1, NULL) == -1 && errno == EFAULT);
    } else if (is_mode)
        MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
    else if (is_bare)
        INSTALL(bare);
    else if (strcmp(word, "tagged") == 0)
        INSTALL(tagged);
    else if (strcmp(word, "threads") == 0)
        INSTALL(threads);
    else if (strcmp(word, "listener") == 0)
        install_with_listener();
    else
        INSTALL(heap);
    if (!is_bare) {
        use_the_heap();
        /* Who has a handler for it makes one more call to come back from that. */
        MUST(syscall(SYS_kill, pid, SIGURG) == 0);
    }
    if (strcmp(word, "twice") == 0)
        INSTALL(bare);
    for (int depth = 1; depth < 60; depth++)
        deeper(depth);
    allocate(30011);
    if (strcmp(word, "threads") == 0) {
        pthread_t thread;
        for (int i = 0; i < 5; i++)
            MUST(pthread_create(&thread, NULL, work, NULL) == 0 && pthread_join(thread, NULL) == 0);
    }
    say("done\n");
    if (is_mode)
        syscall(SYS_exit, 7);
    return 7;
}
