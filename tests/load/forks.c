/* forks.c COUNT: each step makes COUNT children, AT_ONCE of them at a time, in five ways by turns:
 * a fork that allocates and ends at once, one that allocates nothing, one that ends by exit and
 * every 16th time leaves a block, a vfork, and a posix_spawn of this program itself.
 *
 * forks COUNT now makes them all at once and ends, without a word to or from anybody. */
#include <spawn.h>
#include <sys/wait.h>
#include "load.h"

enum { WAYS = 5, AT_ONCE = 8, LEAKS_EVERY = 16 };

extern char **environ;
static long forked, leaks;

FRAME void *by_child(size_t bytes)
{
    void *block = malloc(size_at(0, bytes));
    KEEP(block);
    return block;
}

static _Noreturn void allocate_and_go(void)
{
    for (size_t i = 0; i < 8; i++)
        free(by_child(i * 50));
    _exit(0);
}

static _Noreturn void leave_by_exit(long number)
{
    if (number % LEAKS_EVERY)
        free(by_child(100));
    else
        by_child(1000);
    exit(0);
}

static pid_t spawn_self(void)
{
    static char name[] = "forks", word[] = "end";
    char *words[] = {name, word, NULL};
    pid_t child;
    MUST(posix_spawn(&child, "/proc/self/exe", NULL, NULL, words, environ) == 0);
    return child;
}

/* vfork's child has our stack: it may do nothing that we would notice. */
static __attribute__((noinline)) pid_t vfork_one(void)
{
    const pid_t child = vfork();
    if (child == 0)
        _exit(0);
    return child;
}

static void make_child(void)
{
    const long way = forked++ % WAYS, number = leaks;
    pid_t child;
    leaks += way == 2;
    if (way == 3) {
        child = vfork_one();
    } else if (way == 4) {
        child = spawn_self();
    } else {
        child = fork();
        if (child == 0 && way == 0)
            allocate_and_go();
        if (child == 0 && way == 1)
            _exit(0);
        if (child == 0)
            leave_by_exit(number);
    }
    MUST(child > 0);
}

static void await_one(void)
{
    int status;
    MUST(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void make(long count)
{
    long alive = 0;
    for (long i = 0; i < count; i++) {
        make_child();
        if (++alive == AT_ONCE) {
            await_one();
            alive--;
        }
    }
    while (alive-- > 0)
        await_one();
}

/* Those of the ways 0, 2 and 4. */
static long traces(void)
{
    return forked / WAYS * 3 + (forked % WAYS > 0) + (forked % WAYS > 2);
}

int main(int argc, char **argv)
{
    MUST(argc >= 2);
    if (strcmp(argv[1], "end") == 0)
        return 0;
    const long count = number(argv[1]);
    make_lasting();
    if (argc == 3) {
        make(count);
        return 0;
    }
    say("ready\n");
    while (next_step()) {
        make(count);
        say("done operations=%ld live=%d traces=%ld leaky=%ld\n", count, LASTING_BLOCKS, traces(),
            (leaks + LEAKS_EVERY - 1) / LEAKS_EVERY);
    }
    return 0;
}
