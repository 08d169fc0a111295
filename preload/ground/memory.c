/* memory.c: the tracer's own memory: anonymous mappings that are reserved in one go and cost only
 * the pages that are touched. See memory.h for the two sorts. */
#include "memory.h"

#include <stdint.h>
#include <sys/mman.h>
#include "sys.h"

/* What has been mapped, in the order of the calls. More than these, of a program with tens of
 * thousands of threads, are not known as ours. */
static struct {
    uintptr_t start, end; /* end is published by release; 0: not there, or no more */
} ranges[MT_MEMORY_RANGES_MAX];
static uint32_t range_count;

static void remember(uintptr_t at, size_t bytes)
{
    const uint32_t i = __atomic_fetch_add(&range_count, 1, __ATOMIC_RELAXED);
    if (i >= MT_MEMORY_RANGES_MAX)
        return;
    ranges[i].start = at;
    __atomic_store_n(&ranges[i].end, at + bytes, __ATOMIC_RELEASE);
}

static uint32_t find_range(uintptr_t at)
{
    uint32_t count = __atomic_load_n(&range_count, __ATOMIC_RELAXED), i = 0;
    if (count > MT_MEMORY_RANGES_MAX)
        count = MT_MEMORY_RANGES_MAX;
    while (i < count &&
           !(at < __atomic_load_n(&ranges[i].end, __ATOMIC_ACQUIRE) && at >= ranges[i].start))
        i++;
    return i < count ? i : MT_MEMORY_RANGES_MAX;
}

int mt_memory_is_own(uintptr_t at)
{
    extern const char __ehdr_start[], _end[] __attribute__((visibility("hidden")));
    const uintptr_t start = (uintptr_t)__ehdr_start, end = (uintptr_t)_end;
    return find_range(at) < MT_MEMORY_RANGES_MAX || at - start < end - start;
}

void mt_memory_each(void (*visit)(void *context, uint64_t start, uint64_t end), void *context)
{
    const uint32_t count = __atomic_load_n(&range_count, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < count && i < MT_MEMORY_RANGES_MAX; i++) {
        const uintptr_t end = __atomic_load_n(&ranges[i].end, __ATOMIC_ACQUIRE);
        if (end)
            visit(context, ranges[i].start, end);
    }
}

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
    remember((uintptr_t)at, bytes);
    return (void *)at;
}

int mt_memory_can_be_wiped(void)
{
    enum { NO_ADVICE = 12345 };
    return mt_sys(SYS_madvise, 0, 0, NO_ADVICE) != 0;
}

void *mt_map_wiped(size_t bytes)
{
    return map(bytes, MADV_WIPEONFORK);
}

void *mt_map_kept(size_t bytes)
{
    return map(bytes, 0);
}

void *mt_map_reserved(size_t bytes)
{
    const long at =
        mt_sys(SYS_mmap, 0, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mt_sys_failed(at))
        return NULL;
    remember((uintptr_t)at, bytes);
    return (void *)at;
}

void mt_unmap(void *at, size_t bytes)
{
    const uint32_t i = find_range((uintptr_t)at);
    if (i < MT_MEMORY_RANGES_MAX)
        __atomic_store_n(&ranges[i].end, 0, __ATOMIC_RELEASE);
    mt_sys(SYS_munmap, at, bytes);
}
