/* mapping_limit.c: a program that has as many mappings as the kernel lets it have goes on
 * allocating from its heap. The tracer's are counted with them: what it opens for its table must be
 * none more. The mappings are made and removed by system calls that the tracer does not see.
 *
 * EXPECT unfreed function=malloc in=allocate blocks=800018 bytes=18400414
 * RUN valgrind=no
 * RUN verify=no
 */
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "victim.h"

enum { PAGE = 4096, PAGES = 1 << 18, HEAP_BYTES = 32 << 20 };

FRAME void allocate(void)
{
    for (int i = 0; i < 400009; i++)
        KEEP(malloc(23));
}

int main(void)
{
    MUST(mallopt(M_MMAP_THRESHOLD, 2 * HEAP_BYTES) && mallopt(M_TRIM_THRESHOLD, 2 * HEAP_BYTES));
    make_and_free(HEAP_BYTES); /* the heap has it from here on */
    allocate();
    const long at = syscall(SYS_mmap, 0, (size_t)PAGES * PAGE, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    MUST(at != -1);
    long pages = 1;
    while (pages < PAGES && syscall(SYS_mprotect, at + pages * PAGE, PAGE, PROT_READ) == 0)
        pages += 2; /* each makes two mappings more */
    MUST(pages < PAGES && errno == ENOMEM);
    allocate();
    MUST(syscall(SYS_munmap, at, (size_t)PAGES * PAGE) == 0);
    return 0;
}
