/* mapped.c: a process whose address space has something of every kind, in known sizes. It prints
 * its pid, and then, as its argument says, ends ("exit") or waits to be looked at ("pause").
 *
 * Its heap is empty but for one block at the top, above SMALL_COUNT blocks that were freed. With
 * "trim" there is no more than that: it reads a line, calls malloc_trim, and waits. */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MIB = 1 << 20,
    SMALL_BYTES = 1000,
    SMALL_COUNT = 32 * MIB / 1024,
    KEPT_BYTES = 1100,   /* more: it is never given from what is left between them */
    GUARD_INSTALL = 102, /* MADV_GUARD_INSTALL, which headers may not know */
};

static char *small[SMALL_COUNT];
static char *volatile kept;
static void *volatile mapped[8];

static __attribute__((noinline)) void give_and_take_back(void)
{
    for (int i = 0; i < SMALL_COUNT; i++)
        small[i] = memset(malloc(SMALL_BYTES), 1, SMALL_BYTES);
}

static __attribute__((noinline)) void keep_one(void)
{
    kept = memset(malloc(KEPT_BYTES), 1, KEPT_BYTES);
}

static __attribute__((noinline)) void churn(void)
{
    for (int i = 0; i < 5; i++) {
        char *volatile buffer = memset(malloc(40 * MIB), 1, 40 * MIB);
        free(buffer);
    }
}

static void touch(void *at, size_t bytes)
{
    memset(at, 1, bytes);
}

static void map_all(const char *self)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS, writable = PROT_READ | PROT_WRITE;
    const int memory = memfd_create("mapped", 0), file = open(self, O_RDONLY);
    mapped[0] = mmap(NULL, 3 * MIB, writable, flags, -1, 0);
    touch(mapped[0], MIB); /* a third of it; since Linux 6.13 there is a guard in another */
    madvise((char *)mapped[0] + 2 * MIB, 65536, GUARD_INSTALL);
    if (ftruncate(memory, 2 * MIB) == 0)
        mapped[1] = mmap(NULL, 2 * MIB, writable, MAP_SHARED, memory, 0);
    touch(mapped[1], 2 * MIB);
    mapped[2] = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, file, 0);
    mapped[3] = (void *)syscall(SYS_mmap, NULL, 5 * MIB, writable, flags, -1, 0L);
    touch(mapped[3], MIB);
    mapped[4] = memset(malloc(34 * MIB), 1, MIB);
    mapped[5] = mmap(NULL, MIB, PROT_READ, flags, -1, 0);
    (void)*(volatile char *)mapped[5]; /* the kernel's page of zeros: not resident */
}

static void *allocate(void *is_kept)
{
    mapped[6] = memset(malloc(300), 1, 300); /* in an arena */
    while (is_kept)
        pause();
    return NULL;
}

static void *do_nothing(void *nothing)
{
    return nothing;
}

static void start_threads(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, allocate, NULL);
    struct timespec moment = {.tv_nsec = 50000000};
    nanosleep(&moment, NULL); /* it has ended, and nobody joins it */
    pthread_create(&thread, NULL, allocate, kept);
    nanosleep(&moment, NULL);
    pthread_create(&thread, NULL, do_nothing, NULL);
    pthread_join(thread, NULL); /* its stack is kept by libc, for the next */
}

int main(int argc, char **argv)
{
    char line[16];
    const char *what = argc > 1 ? argv[1] : "exit";
    mallopt(M_MMAP_THRESHOLD, 32 * MIB);
    printf("%d\n", (int)getpid());
    fflush(stdout);
    give_and_take_back();
    keep_one();
    for (int i = 0; i < SMALL_COUNT; i++)
        free(small[i]);
    churn();
    if (strcmp(what, "trim") == 0) {
        puts("ready");
        fflush(stdout);
        if (read(STDIN_FILENO, line, sizeof line) <= 0)
            return 1;
        malloc_trim(0);
        puts("trimmed");
        fflush(stdout);
    } else {
        map_all(argv[0]);
        start_threads();
    }
    puts("ready");
    fflush(stdout);
    while (strcmp(what, "exit") != 0)
        pause();
    return 0;
}
