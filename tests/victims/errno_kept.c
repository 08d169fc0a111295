/* errno_kept.c: no allocation that works and no free touches errno, large blocks included, whose
 * mappings are made and removed by system calls.
 *
 * EXPECT clean
 */
#include "victim.h"

int main(void)
{
    for (size_t size = 1; size < 64u << 20; size = size * 3 + 1) {
        errno = 4711;
        char *block = malloc(size);
        MUST(errno == 4711);
        block = realloc(block, size * 2);
        MUST(block && errno == 4711);
        free(block);
        MUST(errno == 4711);
        block = calloc(size, 2);
        MUST(block && errno == 4711);
        free(block);
        MUST(errno == 4711);
    }
    return 0;
}
