/* mappings.c COUNT ALIVE: each step makes and unmakes COUNT mappings in every way there is, while
 * ALIVE others stand, of which one after the other is replaced. STEADY more stand all the time,
 * marked by MAP_NORESERVE; their parts are given other protections, and back. Neighbours have
 * different protections, or the kernel would make one mapping of them. */
#include <sys/mman.h>
#include "load.h"

enum { PAGE = 4096, STEADY = 31, STEADY_PAGES = 5, PLAIN = MAP_PRIVATE | MAP_ANONYMOUS };

static char **alive;
static char *steady[STEADY];
static long alive_count;
static uint64_t dice = 20261126;

FRAME char *map(void *at, size_t pages, int protection, int flags)
{
    char *mapping = mmap(at, pages * PAGE, protection, flags, -1, 0);
    MUST(mapping != MAP_FAILED);
    return mapping;
}

static void unmap(char *at, size_t pages)
{
    MUST(munmap(at, pages * PAGE) == 0);
}

static int protection_of(long i)
{
    return i % 2 ? PROT_READ : PROT_NONE;
}

static void replace_one(void)
{
    const long i = (long)(next_random(&dice) % (uint64_t)alive_count);
    unmap(alive[i], 1);
    alive[i] = map(NULL, 1, protection_of(i), PLAIN);
}

static void split_and_unmap(void)
{
    char *mapping = map(NULL, 7, PROT_READ | PROT_WRITE, PLAIN);
    unmap(mapping + 3 * PAGE, 1);
    unmap(mapping + 1 * PAGE, 1);
    unmap(mapping + 5 * PAGE, 1);
    unmap(mapping, 7); /* over the holes */
}

static void move(void)
{
    char *mapping = map(NULL, 2, PROT_READ | PROT_WRITE, PLAIN);
    mapping = mremap(mapping, 2 * PAGE, 9 * PAGE, MREMAP_MAYMOVE);
    MUST(mapping != MAP_FAILED);
    mapping = mremap(mapping, 9 * PAGE, 4 * PAGE, 0);
    MUST(mapping != MAP_FAILED);
    char *target = map(NULL, 4, PROT_NONE, PLAIN);
    MUST(mremap(mapping, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
    unmap(target, 4);
}

static void map_over(void)
{
    char *mapping = map(NULL, 5, PROT_READ | PROT_WRITE, PLAIN);
    map(mapping + PAGE, 3, PROT_READ, PLAIN | MAP_FIXED);
    map(mapping + 2 * PAGE, 1, PROT_READ | PROT_WRITE, PLAIN | MAP_FIXED);
    unmap(mapping, 5);
}

static void protect_a_part(void)
{
    char *mapping = steady[next_random(&dice) % STEADY];
    MUST(mprotect(mapping + 2 * PAGE, PAGE, PROT_READ) == 0);
    MUST(mprotect(mapping + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
}

/* Returns how many mappings it has made. */
static long act(void)
{
    size_t pages;
    switch (next_random(&dice) % 6) {
    case 0:
        split_and_unmap();
        return 1;
    case 1:
        move();
        return 4;
    case 2:
        map_over();
        return 3;
    case 3:
        protect_a_part();
        return 0;
    case 4:
        pages = 1 + next_random(&dice) % 64;
        unmap(map(NULL, pages, PROT_READ | PROT_WRITE, PLAIN), pages);
        return 1;
    default:
        replace_one();
        return 1;
    }
}

int main(int argc, char **argv)
{
    MUST(argc == 3);
    const long count = number(argv[1]);
    alive_count = number(argv[2]);
    make_lasting();
    MUST(alive = calloc(1, size_at(5, (size_t)alive_count * sizeof *alive) + SITES));
    for (long i = 0; i < STEADY; i++)
        steady[i] = map(NULL, STEADY_PAGES, PROT_READ | PROT_WRITE, PLAIN | MAP_NORESERVE);
    for (long i = 0; i < alive_count; i++)
        alive[i] = map(NULL, 1, protection_of(i), PLAIN);
    say("ready\n");
    while (next_step()) {
        for (long done = 0; done < count;)
            done += act();
        say("done operations=%ld live=%d mappings=%ld mapping_bytes=%ld\n", count,
            LASTING_BLOCKS + 1, alive_count + STEADY, (alive_count + STEADY * STEADY_PAGES) * PAGE);
    }
    return 0;
}
