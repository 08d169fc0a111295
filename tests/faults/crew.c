/* crew.c [WORD…]: four threads allocate, grow, compare and free, from many stacks, until a byte
 * comes in; then they go on for a while, another thread and a child do the same, and all is said in
 * one line that is the same in every run. What happens between "go" and the byte is the test's.
 *
 *   sigaction, signal  the program has a SIGBUS handler of its own, and 50 faults for it
 *   forks              children are made all the while, which allocate
 *   timers             a handler that allocates interrupts each thread 10,000 times a second; not
 *                      where libc is interrupted, which is not made for that
 *   blocked            SIGBUS is blocked in all threads
 */
#include <link.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include "../victims/victim.h"

enum { CREW = 4, SLOTS = 97, ROUNDS_AT_END = 4001, OWN_FAULTS = 50, PAGE = 4096 };

static int is_over, wrong, in_handlers, has_timers;
static volatile sig_atomic_t strays;
static __thread sigjmp_buf *way_out;
static char *own_page;

struct hand {
    unsigned char *blocks[SLOTS];
    size_t bytes[SLOTS];
    uint64_t random;
};

static uint32_t next(struct hand *hand)
{
    hand->random = hand->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(hand->random >> 33);
}

static void fill(struct hand *hand, unsigned slot)
{
    memset(hand->blocks[slot], (int)slot + 1, hand->bytes[slot]);
}

static void compare(const struct hand *hand, unsigned slot, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 61)
        if (hand->blocks[slot][i] != (unsigned char)(slot + 1))
            __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

static size_t any_size(struct hand *hand)
{
    const uint32_t word = next(hand);
    return word % 512 == 0 ? 200000 : word % 16 == 0 ? word / 16 % 9000 + 1 : word / 16 % 300 + 1;
}

FRAME void step(struct hand *hand, unsigned slot)
{
    const size_t before = hand->bytes[slot], bytes = any_size(hand);
    if (!hand->blocks[slot] || next(hand) % 8 == 0) {
        unsigned char *grown = realloc(hand->blocks[slot], bytes);
        MUST(grown);
        hand->blocks[slot] = grown;
        if (before)
            compare(hand, slot, before < bytes ? before : bytes);
        hand->bytes[slot] = bytes;
        fill(hand, slot);
        return;
    }
    compare(hand, slot, before);
    free(hand->blocks[slot]);
    hand->blocks[slot] = NULL;
    hand->bytes[slot] = 0;
}

/* A stack for each number. */
FRAME void deep(struct hand *hand, unsigned slot, uint32_t way);
FRAME void to_the_left(struct hand *hand, unsigned slot, uint32_t way)
{
    deep(hand, slot, way);
    KEEP(hand);
}
FRAME void to_the_right(struct hand *hand, unsigned slot, uint32_t way)
{
    deep(hand, slot, way);
    KEEP(hand);
}
FRAME void deep(struct hand *hand, unsigned slot, uint32_t way)
{
    if (way <= 1)
        step(hand, slot);
    else if (way & 1)
        to_the_right(hand, slot, way >> 1);
    else
        to_the_left(hand, slot, way >> 1);
    KEEP(hand);
}

static void map_and_unmap(void)
{
    char *mapping =
        mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mapping != MAP_FAILED);
    mapping[PAGE] = 1;
    MUST(mprotect(mapping + PAGE, PAGE, PROT_READ) == 0 && munmap(mapping, 3 * PAGE) == 0);
}

static void play(struct hand *hand)
{
    const unsigned slot = next(hand) % SLOTS;
    if (next(hand) % 64 == 0)
        map_and_unmap();
    deep(hand, slot, next(hand) % 4096);
}

static void put_away(struct hand *hand)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        if (hand->blocks[slot])
            compare(hand, slot, hand->bytes[slot]);
        free(hand->blocks[slot]);
    }
}

/* ---- timers ---- */

static uintptr_t libc_start, libc_end;

static int find_libc(struct dl_phdr_info *object, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (!strstr(object->dlpi_name, "/libc.so"))
        return 0;
    libc_start = object->dlpi_addr;
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_LOAD)
            libc_end = libc_start + object->dlpi_phdr[i].p_vaddr + object->dlpi_phdr[i].p_memsz;
    return 1;
}

static uintptr_t pc_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
    return context->uc_mcontext.pc;
#endif
}

static void allocate(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    if (pc_of(context) - libc_start < libc_end - libc_start)
        return;
    unsigned char *block = malloc(137);
    if (block) {
        memset(block, 7, 137);
        __atomic_fetch_add(&in_handlers, block[136] == 7, __ATOMIC_RELAXED);
    }
    free(block);
}

static timer_t start_timer(void)
{
    timer_t timer = NULL;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
    const struct itimerspec often = {{0, 100 * 1000}, {0, 100 * 1000}};
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    MUST(timer_settime(timer, 0, &often, NULL) == 0);
    return timer;
}

static void *work(void *seed)
{
    struct hand hand = {.random = (uintptr_t)seed};
    timer_t timer = NULL;
    if (has_timers)
        timer = start_timer();
    while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED))
        play(&hand);
    for (int i = 0; i < ROUNDS_AT_END; i++)
        play(&hand);
    if (has_timers)
        MUST(timer_delete(timer) == 0);
    put_away(&hand);
    return NULL;
}

/* ---- faults of its own ---- */

static void caught(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (number == SIGBUS && way_out && (char *)info->si_addr == own_page)
        siglongjmp(*way_out, 1);
    strays++;
}

static void caught_simply(int number)
{
    if (number == SIGBUS && way_out)
        siglongjmp(*way_out, 1);
    strays++;
}

static void *fault(void *ret_count)
{
    char name[] = "/tmp/memtrace-test-XXXXXX";
    const int file = mkstemp(name);
    MUST(file >= 0 && unlink(name) == 0 && ftruncate(file, PAGE) == 0);
    own_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    MUST(own_page != MAP_FAILED && ftruncate(file, 0) == 0);
    for (int i = 0; i < OWN_FAULTS; i++) {
        sigjmp_buf out;
        way_out = &out;
        if (sigsetjmp(out, 1) == 0)
            *(volatile char *)own_page = 1;
        else
            ++*(int *)ret_count;
        way_out = NULL;
        usleep(1000);
    }
    return NULL;
}

static void set_up(const char *word)
{
    struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO};
    sigset_t bus;
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    if (strcmp(word, "sigaction") == 0)
        MUST(sigaction(SIGBUS, &action, NULL) == 0);
    else if (strcmp(word, "signal") == 0)
        MUST(signal(SIGBUS, caught_simply) == SIG_DFL);
    else if (strcmp(word, "blocked") == 0)
        MUST(sigprocmask(SIG_BLOCK, &bus, NULL) == 0);
    action = (struct sigaction){.sa_sigaction = allocate, .sa_flags = SA_RESTART | SA_SIGINFO};
    has_timers |= strcmp(word, "timers") == 0;
    if (has_timers)
        MUST(sigaction(SIGRTMIN, &action, NULL) == 0 && dl_iterate_phdr(find_libc, NULL) == 1);
}

static int status_of_child(void)
{
    int status;
    const pid_t child = fork();
    if (child == 0) {
        struct hand hand = {.random = 5};
        for (int i = 0; i < 1009; i++)
            play(&hand);
        put_away(&hand);
        _exit(wrong ? 1 : 3);
    }
    MUST(child > 0);
    while (waitpid(child, &status, 0) < 0)
        MUST(errno == EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void *fork_on(void *ret_wrong)
{
    while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED))
        *(int *)ret_wrong += status_of_child() != 3;
    return NULL;
}

int main(int count, char **words)
{
    pthread_t crew[CREW], other;
    int own_faults = 0, wrong_children = 0;
    const char *word = count > 1 ? words[1] : "";
    char byte;
    for (int i = 1; i < count; i++)
        set_up(words[i]);
    const int has_handler = strcmp(word, "sigaction") == 0 || strcmp(word, "signal") == 0;
    for (uintptr_t i = 0; i < CREW; i++)
        MUST(pthread_create(&crew[i], NULL, work, (void *)(i + 1)) == 0);
    if (strcmp(word, "forks") == 0)
        MUST(pthread_create(&other, NULL, fork_on, &wrong_children) == 0);
    usleep(30000);
    say("go\n");
    while (read(STDIN_FILENO, &byte, 1) < 0)
        MUST(errno == EINTR);
    if (has_handler) {
        MUST(pthread_create(&other, NULL, fault, &own_faults) == 0);
        MUST(pthread_join(other, NULL) == 0);
    }
    is_over = 1;
    if (strcmp(word, "forks") == 0)
        MUST(pthread_join(other, NULL) == 0);
    for (int i = 0; i < CREW; i++)
        MUST(pthread_join(crew[i], NULL) == 0);
    MUST(pthread_create(&other, NULL, work, (void *)(uintptr_t)77) == 0);
    MUST(pthread_join(other, NULL) == 0);
    const int child = status_of_child();
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
    say("wrong %d, child %d, wrong children %d, own faults %d, strays %d, handlers %s\n", wrong,
        child, wrong_children, own_faults, (int)strays,
        has_timers ? in_handlers > 100 ? "many" : "few" : "none");
    return 7;
}
