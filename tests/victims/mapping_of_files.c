/* mapping_of_files.c: mappings of files, and of memory that only looks like one.
 *
 * EXPECT mapped function=mmap in=file mappings=3 bytes=24576 kind=file
 * EXPECT mapped function=mmap in=memory_file mappings=5 bytes=40960 kind=shared
 * EXPECT mapped function=mmap in=shared_memory mappings=7 bytes=57344 kind=shared
 * EXPECT mapped function=mmap in=zero mappings=2 bytes=16384 kind=anonymous
 */
#include <fcntl.h>
#include <sys/mman.h>
#include "victim.h"

enum { BYTES = 5000 };

/* Maps a file `count` times, and closes it: the mappings stay. */
#define FILE_OF(name, open, flags, count)                                                          \
    FRAME void name(void)                                                                          \
    {                                                                                              \
        int file = open;                                                                           \
        MUST(file >= 0);                                                                           \
        for (int i = 0; i < count; i++)                                                            \
            MUST(mmap(NULL, BYTES, PROT_READ, flags, file, 0) != MAP_FAILED);                      \
        close(file);                                                                               \
    }
FILE_OF(file, open("/proc/self/exe", O_RDONLY), MAP_PRIVATE, 3)
FILE_OF(memory_file, memfd_create("victim", 0), MAP_SHARED, 5)
FILE_OF(shared_memory, shm_open("/memtrace-victim", O_RDWR | O_CREAT, 0600), MAP_SHARED, 7)
FILE_OF(zero, open("/dev/zero", O_RDONLY), MAP_PRIVATE, 2)

int main(void)
{
    file();
    memory_file();
    shared_memory();
    shm_unlink("/memtrace-victim");
    zero();
    return 0;
}
