/* memory.c: the tracer's own memory: anonymous mappings that are reserved in one go and cost only
 * the pages that are touched. See memory.h for the two sorts. */
#include "memory.h"

#include <sys/mman.h>
#include "sys.h"

static void *map(size_t bytes, int advice)
{
    const long at = mt_sys(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mt_sys_failed(at))
        return NULL;
    if (advice && mt_sys(SYS_madvise, at, bytes, advice) != 0) {
        mt_sys(SYS_munmap, at, bytes);
        return NULL;
    }
    /* Keeps core dumps the size the program's own memory gives them. */
    mt_sys(SYS_madvise, at, bytes, MADV_DONTDUMP);
    return (void *)at;
}

void *mt_map_wiped(size_t bytes)
{
    return map(bytes, MADV_WIPEONFORK);
}

void *mt_map_kept(size_t bytes)
{
    return map(bytes, 0);
}

void mt_unmap(void *at, size_t bytes)
{
    mt_sys(SYS_munmap, at, bytes);
}
