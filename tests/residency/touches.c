/* touches.c: obtains memory in several ways, touches a known part of each, and writes its own
 * /proc/self/smaps, the kernel's word on the same pages, to a file just before it ends.
 *
 *   touches SMAPS FILE END     END: exit, _exit, kill, fork (the child touches and exits),
 *                              nobody (without root's rights it is not dumpable, and exits) */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, KIB = 1024, MIB = 1024 * KIB, SMALL_COUNT = 1009, SMALL_BYTES = 100 };
#define FRAME __attribute__((noinline, noipa))

void *volatile kept[SMALL_COUNT + 16];
static unsigned kept_count;

static char *keep(void *memory)
{
    if (!memory || memory == MAP_FAILED)
        _exit(99);
    return kept[kept_count++] = memory;
}

static char *map(size_t bytes, int flags, int fd)
{
    char *at = keep(mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0));
    madvise(at, bytes, MADV_NOHUGEPAGE);
    return at;
}

/* No huge page may give more than was asked for. */
static void forbid_huge_pages(char *at, size_t bytes)
{
    char *page = (char *)((uintptr_t)at & ~(uintptr_t)(PAGE - 1));
    madvise(page, (size_t)(at + bytes - page), MADV_NOHUGEPAGE);
}

FRAME static void touches_half(void)
{
    char *at = keep(malloc(64 * MIB));
    forbid_huge_pages(at, 64 * MIB);
    memset(at, 1, 32 * MIB);
}

FRAME static void touches_nothing(void)
{
    keep(calloc(16, MIB));
}

FRAME static void touches_small_blocks(void)
{
    for (int i = 0; i < SMALL_COUNT; i++)
        memset(keep(malloc(SMALL_BYTES)), 1, SMALL_BYTES);
}

FRAME static void touches_sparsely(void)
{
    char *at = map(32 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (int i = 0; i < 100; i++)
        at[i * 10 * PAGE + i] = 1;
}

FRAME static void touches_by_reading(void)
{
    volatile char *at = map(MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (int i = 0; i < MIB; i += PAGE)
        (void)at[i];
}

FRAME static void touches_and_gives_back(void)
{
    char *at = map(8 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memset(at, 1, 8 * MIB);
    madvise(at + 2 * MIB, 3 * MIB, MADV_DONTNEED);
}

FRAME static void touches_shared(void)
{
    memset(map(MIB, MAP_SHARED | MAP_ANONYMOUS, -1), 1, 64 * PAGE);
}

FRAME static void touches_file(const char *file)
{
    volatile char *at = map(MIB, MAP_PRIVATE, open(file, O_RDONLY));
    (void)at[5 * PAGE];
    at[100 * PAGE] = 1;
}

FRAME static void touches_huge(void)
{
    char *at =
        keep(mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    char *aligned = (char *)(((uintptr_t)at + 2 * MIB - 1) & ~(uintptr_t)(2 * MIB - 1));
    madvise(at, 8 * MIB, MADV_HUGEPAGE);
    memset(aligned, 1, 4 * MIB);
}

FRAME static void touches_and_pages_out(void)
{
    char *at = map(4 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memset(at, 1, 4 * MIB);
    madvise(at, 4 * MIB, 21 /* MADV_PAGEOUT */); /* does nothing where there is no swap */
}

static char text[1 * MIB];

static void write_smaps(const char *file)
{
    const int from = open("/proc/self/smaps", O_RDONLY);
    const int to = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t got;
    size_t length = 0;
    memset(text, 1, sizeof text);
    while (from >= 0 && (got = read(from, text + length, sizeof text - length)) > 0)
        length += (size_t)got;
    if (write(to, text, length) != (ssize_t)length)
        _exit(98);
    close(from);
    close(to);
}

int main(int count, char **arguments)
{
    if (count != 4)
        return 2;
    const char *end = arguments[3];
    touches_half();
    touches_nothing();
    touches_small_blocks();
    touches_sparsely();
    touches_by_reading();
    touches_and_gives_back();
    touches_shared();
    touches_file(arguments[2]);
    touches_huge();
    touches_and_pages_out();
    if (strcmp(end, "fork") == 0) {
        const pid_t child = fork();
        int status;
        if (child)
            return waitpid(child, &status, 0) == child ? status : 97;
        touches_half(); /* its first allocation: its trace begins */
    }
    write_smaps(arguments[1]);
    if (strcmp(end, "nobody") == 0 && geteuid() == 0 && setuid(65534) != 0)
        return 96;
    if (strcmp(end, "nobody") == 0)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (strcmp(end, "_exit") == 0)
        _exit(0);
    if (strcmp(end, "kill") == 0)
        raise(SIGKILL);
    return 0;
}
