/* held_in_mappings.c: pointers in memory that the program mapped itself, and whose address it has.
 *
 * EXPECT reachable under=in_anonymous blocks=1 bytes=101
 * EXPECT reachable under=in_shared blocks=1 bytes=103
 * EXPECT reachable under=in_memfd blocks=1 bytes=107
 * EXPECT reachable under=in_segment blocks=1 bytes=109
 * EXPECT reachable under=in_private_file blocks=1 bytes=113
 * EXPECT reachable under=in_shared_file blocks=1 bytes=127
 * EXPECT reachable under=map mappings=5 bytes=40960
 * EXPECT reachable under=attach mappings=1 bytes=8192
 * DIFFERS lsan in_anonymous: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_shared: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_memfd: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_segment: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_private_file: definite 1: memory that the program maps is no root there
 * DIFFERS lsan in_shared_file: definite 1: memory that the program maps is no root there
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include "case.h"

enum { BYTES = 8192 };

OBJECT(in_anonymous)
OBJECT(in_shared)
OBJECT(in_memfd)
OBJECT(in_segment)
OBJECT(in_private_file)
OBJECT(in_shared_file)

void **mappings[6];

STEP void **map(int flags, int file)
{
    void *mapping = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, flags, file, 0);
    MUST(mapping != MAP_FAILED);
    return mapping;
}

STEP void **attach(void)
{
    int segment = shmget(IPC_PRIVATE, BYTES, 0600);
    void *mapping = shmat(segment, NULL, 0);
    MUST(mapping != (void *)-1 && shmctl(segment, IPC_RMID, NULL) == 0);
    return mapping;
}

STEP void keep(void)
{
    int file = open(".", O_TMPFILE | O_RDWR, 0600), memory = memfd_create("case", 0);
    MUST(file >= 0 && memory >= 0);
    MUST(ftruncate(file, BYTES) == 0 && ftruncate(memory, BYTES) == 0);
    mappings[0] = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
    mappings[1] = map(MAP_SHARED | MAP_ANONYMOUS, -1);
    mappings[2] = map(MAP_SHARED, memory);
    mappings[3] = attach();
    mappings[4] = map(MAP_PRIVATE, file);
    mappings[5] = map(MAP_SHARED, file);
    mappings[0][1000] = in_anonymous(101);
    mappings[1][1000] = in_shared(103);
    mappings[2][1000] = in_memfd(107);
    mappings[3][1000] = in_segment(109);
    mappings[5][1000] = in_shared_file(127);
    mappings[4][1001] = in_private_file(113);
    close(file);
    close(memory);
}

int main(void)
{
    keep();
    forget();
    return 0;
}
