/* freed_unseen.c: blocks are freed by a name of libc's own that no hook stands in for. Their
 * records are dropped when the place is given again: the last one alone is left.
 *
 * EXPECT unfreed function=malloc in=main blocks=1 bytes=59
 * EXPECT counters missed_frees=7
 * RUN valgrind=no
 */
#include "victim.h"

void __libc_free(void *block);

int main(void)
{
    void *first = malloc(59);
    KEEP(first);
    for (int i = 0; i < 7; i++) {
        __libc_free(first);
        void *next = malloc(59);
        KEEP(next);
        MUST(next == first);
    }
    return 0;
}
