/* leaks.h: what the tests of all three frameworks do: forget blocks of known sizes. */
#ifndef LEAKS_H
#define LEAKS_H

#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static void lose(int count, size_t size)
{
    for (; count > 0; count--) {
        void *volatile block = malloc(size);
        (void)block;
    }
    volatile char stack[4096]; /* where stale copies of its address lie */
    for (size_t i = 0; i < sizeof stack; i++)
        stack[i] = 0;
    free(malloc(500));
}

#endif
