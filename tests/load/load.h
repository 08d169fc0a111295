/* load.h: what the loads share.
 *
 * A load goes in steps: it says "ready" when what it starts with is there, does a step for each
 * line on stdin, says "done KEY=VALUE…" and waits; at the end of stdin it ends. Between steps
 * nothing is in flight, so whoever drives it can hold the trace against what it says.
 *
 * The rule by which a reader of the trace tells a torn record: the size of each block is SITES * n
 * + the number of the function that asked for it, and each of these functions calls the allocator
 * in one place. Blocks of site LASTING are made before "ready" and live to the end. */
#ifndef LOAD_H
#define LOAD_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SITES = 8, LASTING = 7, LASTING_BLOCKS = 1009 };

/* Compilers remove allocations nobody looks at and turn a last call into a jump, which takes the
 * caller off the stack. */
#define KEEP(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")
#define FRAME static __attribute__((noinline, unused))

/* The world is not as this load needs it. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            dprintf(2, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition,                 \
                    strerror(errno));                                                              \
            _exit(98);                                                                             \
        }                                                                                          \
    } while (0)

/* The size nearest below `bytes` that says site. */
static inline size_t size_at(unsigned site, size_t bytes)
{
    return bytes / SITES * SITES + site;
}

static inline uint64_t next_random(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *random >> 33;
}

__attribute__((format(printf, 1, 2), unused)) static inline void say(const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    MUST(write(STDOUT_FILENO, line, (size_t)length) == length);
}

/* Waits for the next line; returns 0 at the end of stdin. */
static inline int next_step(void)
{
    char byte = 0;
    ssize_t got;
    while ((got = read(STDIN_FILENO, &byte, 1)) == 1 && byte != '\n')
        ;
    return got == 1;
}

FRAME void *lasting(size_t bytes)
{
    void *block = malloc(size_at(LASTING, bytes));
    KEEP(block);
    return block;
}

/* Held from a global, so that they are reachable at the end. */
static void *lasting_blocks[LASTING_BLOCKS] __attribute__((used));

__attribute__((unused)) static inline void make_lasting(void)
{
    for (size_t i = 0; i < LASTING_BLOCKS; i++)
        MUST(lasting_blocks[i] = lasting(i % 97 * 8));
}

/* Waits until the kernel has forgotten all other threads: it does so a while after they were
 * joined, or have ended detached. */
__attribute__((unused)) static inline void await_alone(void)
{
    char line[4096];
    for (long others = 1; others; sched_yield()) {
        const int fd = open("/proc/self/status", O_RDONLY);
        MUST(fd >= 0);
        const ssize_t got = read(fd, line, sizeof line - 1);
        close(fd);
        MUST(got > 0);
        line[got] = '\0';
        const char *threads = strstr(line, "\nThreads:");
        MUST(threads);
        others = atol(threads + 9) - 1;
    }
}

static inline long number(const char *text)
{
    char *end;
    const long value = strtol(text, &end, 10);
    MUST(value > 0 && !*end);
    return value;
}

#endif
