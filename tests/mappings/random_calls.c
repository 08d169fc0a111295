/* random_calls.c SEED THREADS STEPS: makes random calls that change the address space, each thread
 * in a region of its own, and says "stopped" whenever STEPS calls have been made by each, with the
 * regions; goes on at a byte on stdin, ends at its end. Then memtrace and the kernel can be asked
 * what is mapped there, and must agree.
 *
 * A call that put a mapping outside of the region is made good at once, by moving it in or
 * unmapping it: outside are the mappings of libc, of the allocator and of the tracer. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 256, THREADS_MAX = 8, SEGMENT_PAGES = 5 };

struct region {
    char *start;
    uint64_t random;
    unsigned long calls, failures;
};

static struct region regions[THREADS_MAX + 1];
static int descriptors[3]; /* a file, a memfd, a shm_open */
static int segment;
static int threads, steps;
static pthread_barrier_t stop, go;

static unsigned below(struct region *region, unsigned limit)
{
    region->random = region->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(region->random >> 33) % limit;
}

static int protection(struct region *region)
{
    static const int all[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC};
    return all[below(region, 4)];
}

static char *page(struct region *region)
{
    return region->start + (size_t)below(region, PAGES) * PAGE;
}

/* A length that stays in the region, rarely large, not always of whole pages. */
static size_t length(struct region *region, const char *at)
{
    const unsigned most = below(region, 10) ? 9 : PAGES;
    size_t bytes = (size_t)(1 + below(region, most)) * PAGE;
    const size_t room = (size_t)(region->start + PAGES * PAGE - at);
    bytes = bytes < room ? bytes : room;
    return below(region, 3) ? bytes : bytes - below(region, PAGE);
}

static int is_inside(const struct region *region, const char *at, size_t bytes)
{
    return at >= region->start && at + bytes <= region->start + PAGES * PAGE;
}

/* What the kernel has placed elsewhere. */
static void bring_home(struct region *region, void *at, size_t bytes)
{
    char *home = page(region);
    if (at == MAP_FAILED || is_inside(region, at, bytes))
        return;
    const size_t room = (size_t)(region->start + PAGES * PAGE - home);
    if (bytes > room || below(region, 2) ||
        mremap(at, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, home) == MAP_FAILED)
        munmap(at, bytes);
}

static void *do_mmap(struct region *region)
{
    static const int places[] = {0, MAP_FIXED, MAP_FIXED, MAP_FIXED_NOREPLACE};
    char *at = page(region);
    const size_t bytes = length(region, at);
    int flags = places[below(region, 4)];
    int fd = -1;
    if (below(region, 3)) {
        flags |= MAP_ANONYMOUS;
    } else {
        fd = below(region, 12) ? descriptors[below(region, 3)] : 987; /* no descriptor */
    }
    flags |= below(region, 2) ? MAP_PRIVATE : MAP_SHARED;
    if (below(region, 4) == 0)
        flags |= MAP_NORESERVE;
    int access = protection(region);
    if (fd == descriptors[0] && flags & MAP_SHARED)
        access &= ~PROT_WRITE; /* it is opened for reading: mprotect may fail later */
    void *given = below(region, 2) ? mmap(at, bytes, access, flags, fd, 0)
                                   : mmap64(at, bytes, access, flags, fd, 0);
    bring_home(region, given, bytes);
    return given;
}

static void *do_munmap(struct region *region)
{
    char *at = page(region);
    if (below(region, 20) == 0)
        at++; /* refused */
    return munmap(at, length(region, at) & (below(region, 30) ? SIZE_MAX : 0)) ? MAP_FAILED : at;
}

static void *do_mprotect(struct region *region)
{
    char *at = page(region);
    return mprotect(at, length(region, at), protection(region)) ? MAP_FAILED : at;
}

static void *do_mremap(struct region *region)
{
    char *old = page(region), *target = page(region);
    size_t old_bytes = length(region, old), bytes = length(region, target);
    int flags = below(region, 5) ? MREMAP_MAYMOVE : 0;
    const unsigned form = below(region, 6);
    if (form == 0)
        old_bytes = 0;
    if (form == 1 || form == 2)
        flags |= MREMAP_FIXED;
    if (form == 3) {
        flags |= MREMAP_DONTUNMAP;
        bytes = old_bytes;
    }
    if (form == 4) {
        flags |= MREMAP_DONTUNMAP | MREMAP_FIXED;
        bytes = old_bytes = PAGE; /* of several mappings Linux 6.17 may do the half and fail */
    }
    if (flags & MREMAP_FIXED && !is_inside(region, target, (bytes + PAGE - 1) & -(size_t)PAGE))
        return MAP_FAILED;
    /* Growing in place must not leave the region. */
    if (!is_inside(region, old, (bytes + PAGE - 1) & -(size_t)PAGE) && !(flags & MREMAP_FIXED))
        return MAP_FAILED;
    void *given = mremap(old, old_bytes, bytes, flags, target);
    bring_home(region, given, bytes);
    return given;
}

static void *do_shmat(struct region *region)
{
    char *at = page(region);
    if (!is_inside(region, at, SEGMENT_PAGES * PAGE))
        return MAP_FAILED;
    return shmat(segment, at,
                 (below(region, 2) ? SHM_REMAP : 0) | (below(region, 2) ? SHM_RDONLY : 0));
}

static void *do_shmdt(struct region *region)
{
    char *at = page(region);
    return shmdt(at) ? MAP_FAILED : at;
}

static void step(struct region *region)
{
    static void *(*const calls[])(struct region *) = {
        do_mmap,     do_mmap,   do_mmap,   do_munmap, do_munmap, do_mprotect,
        do_mprotect, do_mremap, do_mremap, do_shmat,  do_shmdt,  do_shmdt};
    region->calls++;
    region->failures += calls[below(region, 12)](region) == MAP_FAILED;
}

static void *run(void *argument)
{
    for (;;) {
        for (int i = 0; i < steps; i++)
            step(argument);
        pthread_barrier_wait(&stop);
        pthread_barrier_wait(&go);
    }
    return NULL;
}

/* The handler has a region of its own, whichever thread it interrupts. Who has taken the turn is
 * alone with it. */
static int turn_taken;

static int take_turn(void)
{
    return !__atomic_exchange_n(&turn_taken, 1, __ATOMIC_ACQUIRE);
}

static void end_turn(void)
{
    __atomic_store_n(&turn_taken, 0, __ATOMIC_RELEASE);
}

static void handle(int signal)
{
    const int before = errno;
    (void)signal;
    if (take_turn()) {
        for (int i = 0; i < 3; i++)
            step(&regions[threads]);
        end_turn();
    }
    errno = before;
}

static void set_timer(int microseconds)
{
    const struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void say_stopped(void)
{
    char line[1024];
    int at = snprintf(line, sizeof line, "stopped");
    unsigned long calls = 0, failures = 0;
    for (int i = 0; i <= threads; i++) {
        at += snprintf(line + at, sizeof line - (size_t)at, " %p-%p", (void *)regions[i].start,
                       (void *)(regions[i].start + PAGES * PAGE));
        calls += regions[i].calls;
        failures += regions[i].failures;
    }
    at +=
        snprintf(line + at, sizeof line - (size_t)at, " calls=%lu failures=%lu\n", calls, failures);
    if (write(1, line, (size_t)at) != at)
        _exit(1);
}

/* Addresses where nothing is; the kernel keeps clear of them, for it places from the top. */
static void find_regions(uint64_t seed)
{
    char *at = (char *)UINT64_C(0x100000000000);
    for (int i = 0; i <= threads; i++)
        regions[i] =
            (struct region){at + (size_t)i * 4 * PAGES * PAGE, seed * 100 + (uint64_t)i, 0, 0};
}

int main(int count, char **words)
{
    if (count != 4)
        return 2;
    threads = atoi(words[2]);
    steps = atoi(words[3]);
    find_regions(strtoul(words[1], NULL, 10));
    char name[64];
    snprintf(name, sizeof name, "/memtrace-random-%d", getpid());
    descriptors[0] = open(words[0], O_RDONLY | O_CLOEXEC);
    descriptors[1] = memfd_create("random", MFD_CLOEXEC);
    descriptors[2] = shm_open(name, O_RDWR | O_CREAT, 0600);
    shm_unlink(name);
    if (ftruncate(descriptors[1], PAGES * PAGE) || ftruncate(descriptors[2], PAGES * PAGE))
        return 3;
    segment = shmget(IPC_PRIVATE, SEGMENT_PAGES * PAGE - 100, 0600);
    pthread_barrier_init(&stop, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&go, NULL, (unsigned)threads + 1);
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    set_timer(500);
    pthread_t thread;
    for (int i = 0; i < threads; i++)
        pthread_create(&thread, NULL, run, &regions[i]);
    for (char byte;;) {
        pthread_barrier_wait(&stop);
        set_timer(0);
        while (!take_turn())
            usleep(100);
        say_stopped();
        if (read(0, &byte, 1) <= 0)
            break;
        end_turn();
        set_timer(500);
        pthread_barrier_wait(&go);
    }
    shmctl(segment, IPC_RMID, NULL);
    _exit(0);
}
