/* address_space_limited_later.c: a program that limits its own address space to what it has, and
 * allocates until nothing more is given; then it frees all of it.
 *
 * EXPECT any
 * EXPECT trace.lost_blocks=any trace.lost_stacks=any
 * RUN valgrind=no
 */
#include <sys/resource.h>
#include "victim.h"

int main(void)
{
    struct rlimit limit = {0, 0};
    void *newest = NULL;
    int given = 0;
    KEEP(malloc(37));
    MUST(setrlimit(RLIMIT_AS, &limit) == 0);
    for (void **block; (block = malloc(1009)); given++) {
        *block = newest;
        newest = block;
    }
    MUST(errno == ENOMEM);
    say("some were given: %s\n", given > 23 ? "yes" : "no");
    while (newest) {
        void *next = *(void **)newest;
        free(newest);
        newest = next;
    }
    return 0;
}
