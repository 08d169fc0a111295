/* mapping_of_segments.c: System V shared memory. shmdt detaches what is left of a segment, also
 * when the program has unmapped its first page.
 *
 * EXPECT mapped function=shmat in=attach mappings=3 bytes=36864 kind=shared
 * EXPECT calls shmat=5 shmdt=2
 */
#include <sys/mman.h>
#include <sys/shm.h>
#include "victim.h"

enum { PAGE = 4096 };

FRAME char *attach(int segment, int flags)
{
    char *mapping = shmat(segment, NULL, flags);
    MUST(mapping != (void *)-1);
    return mapping;
}

int main(void)
{
    int segment = shmget(IPC_PRIVATE, 2 * PAGE + 1, 0600);
    MUST(segment >= 0);
    attach(segment, 0);
    attach(segment, SHM_RDONLY);
    attach(segment, 0);
    char *detached = attach(segment, 0), *cut = attach(segment, 0);
    MUST(shmdt(detached) == 0);
    MUST(munmap(cut, PAGE) == 0 && shmdt(cut) == 0);
    errno = 0;
    MUST(shmdt(cut) == -1 && errno == EINVAL);
    MUST(shmctl(segment, IPC_RMID, NULL) == 0);
    return 0;
}
