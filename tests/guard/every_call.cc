/* One block by each function that gives any, released by each that takes it; one is written too
 * far. jemalloc's own are called where it is the allocator.
 *
 * GUARD kind=out-of-bounds access=write in=fill allocated=main bytes=192 offset=192
 * LEFT kind=overrun in=main allocated=main bytes=192 offset=192
 * CANARY kind=overrun in=main allocated=main bytes=192 offset=192
 * ASAN heap-buffer-overflow
 */
#include "../misuse/case.h"
#include <malloc.h>
#include <new>

extern "C" {
void *mallocx(size_t, int) __attribute__((weak));
void *rallocx(void *, size_t, int) __attribute__((weak));
size_t xallocx(void *, size_t, size_t, int) __attribute__((weak));
size_t sallocx(const void *, int) __attribute__((weak));
void dallocx(void *, int) __attribute__((weak));
void sdallocx(void *, size_t, int) __attribute__((weak));
}

enum { BYTES = 192, OF_64 = 6 /* an alignment as jemalloc's flags have it */ };

static const std::align_val_t align{64};
static const std::nothrow_t &quiet = std::nothrow;

static FRAME char *fill(void *block, int count)
{
    for (int i = 0; i < count; i++)
        static_cast<volatile char *>(block)[i] = 7;
    HIDE(block);
    return static_cast<char *>(block);
}

static FRAME void operators(void)
{
    ::operator delete(fill(::operator new(BYTES), BYTES));
    ::operator delete(fill(::operator new(BYTES, quiet), BYTES), quiet);
    ::operator delete(fill(::operator new(BYTES), BYTES), BYTES);
    ::operator delete(fill(::operator new(BYTES, align), BYTES), align);
    ::operator delete(fill(::operator new(BYTES, align), BYTES), BYTES, align);
    ::operator delete(fill(::operator new(BYTES, align, quiet), BYTES), align, quiet);
    ::operator delete[](fill(::operator new[](BYTES), BYTES));
    ::operator delete[](fill(::operator new[](BYTES, quiet), BYTES), quiet);
    ::operator delete[](fill(::operator new[](BYTES), BYTES), BYTES);
    ::operator delete[](fill(::operator new[](BYTES, align), BYTES), align);
    ::operator delete[](fill(::operator new[](BYTES, align), BYTES), BYTES, align);
    ::operator delete[](fill(::operator new[](BYTES, align, quiet), BYTES), align, quiet);
}

static FRAME void functions(void)
{
    void *block = fill(calloc(4, BYTES / 4), BYTES);
    block = realloc(block, 2 * BYTES);
    block = reallocarray(fill(block, 2 * BYTES), 3, BYTES);
    free(fill(block, 3 * BYTES));
    free(fill(memalign(64, BYTES), BYTES));
    free(fill(aligned_alloc(64, BYTES), BYTES));
    free(fill(valloc(BYTES), BYTES));
    if (!mallocx) /* jemalloc leaves it to libc, whose blocks it cannot free */
        free(fill(pvalloc(BYTES), BYTES));
    if (posix_memalign(&block, 64, BYTES) != 0 || malloc_usable_size(block) < BYTES)
        abort();
    free(fill(block, BYTES));
}

static FRAME void functions_of_jemalloc(void)
{
    char *block = fill(mallocx(BYTES, OF_64), BYTES);
    block = fill(rallocx(block, 2 * BYTES, OF_64), 2 * BYTES);
    if (block[0] != 7 || sallocx(block, OF_64) < 2 * BYTES ||
        xallocx(block, BYTES, 0, OF_64) < BYTES)
        abort();
    dallocx(block, OF_64);
    sdallocx(fill(mallocx(BYTES, 0), BYTES), BYTES, 0);
}

int main(int argc, char **argv)
{
    operators();
    functions();
    if (mallocx)
        functions_of_jemalloc();
    void *block = ::operator new[](BYTES, quiet);
    HIDE(block);
    fill(block, is_wrong(argc, argv) ? BYTES + 1 : BYTES);
    ::operator delete[](block, quiet);
    return 0;
}
