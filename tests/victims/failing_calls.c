/* failing_calls.c: calls that must fail do so in the same way, with the same errno, and leave no
 * record.
 *
 * EXPECT clean
 */
#include <malloc.h>
#include "victim.h"

static void show(const char *call, void *result, int status)
{
    KEEP(result);
    say("%s: %s, status %d, errno %d\n", call, result ? "a block" : "NULL", status, errno);
    errno = 0;
}

int main(void)
{
    volatile size_t huge = PTRDIFF_MAX, three = 3;
    errno = 0;
    show("malloc", malloc(huge), 0);
    show("calloc", calloc(huge, 1), 0);
    show("realloc", realloc(NULL, huge), 0);
    show("memalign", memalign(64, huge), 0);
    show("aligned_alloc", aligned_alloc(64, huge & ~(size_t)63), 0);
    show("valloc", valloc(huge), 0);
    show("pvalloc", pvalloc(huge), 0);
    void *untouched = NULL;
    int status = posix_memalign(&untouched, three, 37); /* no power of two */
    show("posix_memalign, bad alignment", untouched, status);
    status = posix_memalign(&untouched, 64, huge);
    show("posix_memalign, no memory", untouched, status);
    return 0;
}
