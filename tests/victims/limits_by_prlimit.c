/* limits_by_prlimit.c: prlimit limits the process itself as setrlimit does, and the program gets
 * all that the limit leaves it. What it limits of another process costs its own trace nothing.
 *
 * EXPECT unfreed function=malloc in=leak blocks=300023 bytes=11100851
 * EXPECT child unfreed function=malloc in=leak blocks=7 bytes=259
 * EXPECT children=1
 * RUN valgrind=no
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "victim.h"

enum { MIB = 1 << 20 };

/* Where files have 64 bits, the header makes prlimit64 of prlimit. */
int plain_prlimit(pid_t pid, int resource, const void *limit, void *old) __asm__("prlimit");

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

static void use(void)
{
    void *mapping =
        mmap(NULL, 100 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *block = malloc(50 * MIB);
    say("mapped: %s, allocated: %s\n", mapping != MAP_FAILED ? "yes" : "no", block ? "yes" : "no");
    MUST(munmap(mapping, 100 * MIB) == 0);
    free(block);
}

int main(void)
{
    struct rlimit limit = {512 * MIB, RLIM_INFINITY}, before, after;
    struct rlimit64 limit64 = {400 * MIB, RLIM64_INFINITY}, found;
    int ends[2];
    char byte = 0;
    MUST(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        MUST(close(ends[1]) == 0 && read(ends[0], &byte, 1) == 0);
        MUST(plain_prlimit(0, RLIMIT_AS, &limit, NULL) == 0);
        use();
        MUST(prlimit64(getpid(), RLIMIT_AS, &limit64, NULL) == 0);
        use();
        leak(7);
        _exit(0);
    }
    const struct rlimit small = {MIB, RLIM_INFINITY};
    MUST(prlimit(0, RLIMIT_AS, NULL, &before) == 0);
    MUST(prlimit(child, RLIMIT_AS, &small, NULL) == 0);
    MUST(prlimit64(child, RLIMIT_AS, NULL, &found) == 0 && found.rlim_cur == MIB);
    MUST(prlimit(0, RLIMIT_AS, NULL, &after) == 0 && after.rlim_cur == before.rlim_cur);
    leak(300023);
    MUST(close(ends[1]) == 0 && waitpid(child, NULL, 0) == child);
    return 0;
}
