/* mappings_of_allocator.c: what the allocator maps to have memory to give is not the program's.
 *
 * EXPECT unfreed function=malloc in=allocate blocks=1009 bytes=any
 * EXPECT mapped function=mmap in=main mappings=1 bytes=4096
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include <pthread.h>
#include <sys/mman.h>
#include "victim.h"

FRAME void *allocate(void *unused)
{
    for (int i = 0; i < 1009; i++)
        KEEP(malloc((size_t)i * 1000 + 1));
    return unused;
}

int main(void)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, allocate, NULL) == 0);
    MUST(pthread_join(thread, NULL) == 0);
    KEEP(mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    return 0;
}
