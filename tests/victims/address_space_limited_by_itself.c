/* address_space_limited_by_itself.c: a program that limits its address space to less than the
 * tracer reserves for its trace still gets all that the limit leaves it, and so does its child.
 *
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT child unfreed function=malloc in=leak blocks=7 bytes=259
 * EXPECT children=1
 * RUN valgrind=no
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "victim.h"

enum { MIB = 1 << 20 };

static __attribute__((noinline)) void leak(int count)
{
    for (int i = 0; i < count; i++)
        KEEP(malloc(37));
}

static void limit_and_use(int leaks)
{
    const struct rlimit limit = {512 * MIB, 512 * MIB};
    MUST(setrlimit(RLIMIT_AS, &limit) == 0);
    void *mapping =
        mmap(NULL, 100 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *block = malloc(50 * MIB);
    say("mapped: %s, allocated: %s\n", mapping != MAP_FAILED ? "yes" : "no", block ? "yes" : "no");
    MUST(munmap(mapping, 100 * MIB) == 0);
    free(block);
    leak(leaks);
}

int main(void)
{
    const pid_t child = fork();
    if (child == 0) {
        limit_and_use(7);
        _exit(0);
    }
    MUST(waitpid(child, NULL, 0) == child);
    limit_and_use(23);
    return 0;
}
