/* allocator_jemalloc.c: jemalloc's own functions. A program finds them only where its allocator has
 * them (they are weak here); redis and others do the same.
 *
 * EXPECT unfreed function=mallocx in=leak blocks=23 bytes=851
 * EXPECT unfreed function=rallocx in=grow blocks=7 bytes=7021
 * EXPECT unfreed function=xallocx in=resize blocks=5 bytes=320
 * RUN only=jemalloc
 * RUN valgrind=no
 */
#include "victim.h"

void *mallocx(size_t size, int flags) __attribute__((weak));
void *rallocx(void *block, size_t size, int flags) __attribute__((weak));
size_t xallocx(void *block, size_t size, size_t extra, int flags) __attribute__((weak));
size_t sallocx(const void *block, int flags) __attribute__((weak));
void dallocx(void *block, int flags) __attribute__((weak));
void sdallocx(void *block, size_t size, int flags) __attribute__((weak));

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(mallocx(37, 0));
}

FRAME void grow(void)
{
    for (int i = 0; i < 7; i++)
        KEEP(rallocx(mallocx(37, 0), 1003, 0));
}

FRAME void resize(void)
{
    enum { ALIGNED_TO_64 = 6 };
    for (int i = 0; i < 5; i++) {
        void *block = mallocx(37, ALIGNED_TO_64);
        MUST((uintptr_t)block % 64 == 0);
        say("resized in place to %zu\n", xallocx(block, 64, 0, 0));
    }
}

int main(void)
{
    MUST(mallocx && rallocx && xallocx && sallocx && dallocx && sdallocx);
    leak();
    grow();
    resize();
    for (int i = 0; i < 11; i++) {
        void *block = mallocx(101, 0);
        MUST(sallocx(block, 0) >= 101);
        dallocx(block, 0);
        sdallocx(mallocx(103, 0), 103, 0);
        free(mallocx(107, 0));
        dallocx(malloc(109), 0);
    }
    return 0;
}
