/* victim.h: what the victims share. A victim prints through say() alone, which allocates nothing,
 * so that every block of its own in a trace is one it made on purpose. */
#ifndef VICTIM_H
#define VICTIM_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Compilers remove allocations nobody looks at and turn a last call into a jump, which takes the
 * caller off the stack. What is named here stays, and stays before the return. */
#define KEEP(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

/* A function that is a frame of its own in every stack. */
#define FRAME static __attribute__((noinline, unused))

__attribute__((format(printf, 1, 2), unused)) static inline void say(const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length > 0 && write(STDOUT_FILENO, line, (size_t)length) != length)
        _exit(99);
}

/* A block for a moment: what is set up by a first call is set up after it. */
__attribute__((noinline, unused)) static void make_and_free(size_t size)
{
    void *block = malloc(size);
    KEEP(block);
    free(block);
}

/* The world is not as this victim needs it: a test that proves nothing must not pass. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            say("%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);          \
            _exit(98);                                                                             \
        }                                                                                          \
    } while (0)

#endif
