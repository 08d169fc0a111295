/* case.h: what the cases share. Each is run with one word: `wrong` does the wrong thing, `innocent`
 * something like it that is right. */
#ifndef CASE_H
#define CASE_H

#include <stdlib.h>
#include <string.h>

/* A function of its own on every stack. */
#define FRAME __attribute__((noinline, noclone))

/* The compiler forgets what it knows of a value. */
#define HIDE(value) __asm__ volatile("" : "+r"(value) : : "memory")

/* Keeps a call from being a jump. */
#define STAY() __asm__ volatile("" : : : "memory")

static inline int is_wrong(int argc, char **argv)
{
    if (argc != 2 || (strcmp(argv[1], "wrong") != 0 && strcmp(argv[1], "innocent") != 0))
        exit(64);
    return strcmp(argv[1], "wrong") == 0;
}

#endif
