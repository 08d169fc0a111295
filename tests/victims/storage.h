/* storage.h: where a block of glibc physically is, from the kernel and from the bits malloc itself
 * keeps before each block. The victims count with it while their blocks live, and print the sums;
 * the report must say the same. */
#ifndef STORAGE_H
#define STORAGE_H

#include <fcntl.h>
#include "victim.h"

enum storage { BRK, ARENA, MMAP, STORAGES };

static struct {
    unsigned long blocks, bytes;
} storage_sums[STORAGES];

/* The [heap] line of /proc/self/maps holds what brk gave; both 0 where there is none. */
__attribute__((unused)) static void storage_heap(uintptr_t *start, uintptr_t *end)
{
    static char maps[1 << 20]; /* read whole: nothing is allocated in between */
    int length = 0;
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    MUST(file >= 0);
    for (ssize_t part; (part = read(file, maps + length, sizeof(maps) - 1 - (size_t)length)) > 0;)
        length += (int)part;
    close(file);
    maps[length] = '\0';
    *start = *end = 0;
    char *line = strstr(maps, "[heap]");
    if (!line)
        return;
    while (line > maps && line[-1] != '\n')
        line--;
    char *dash;
    *start = strtoul(line, &dash, 16);
    *end = strtoul(dash + 1, NULL, 16);
}

__attribute__((unused)) static enum storage storage_where(void *block)
{
    enum { IS_MMAPPED = 2 }; /* malloc.c: bits of the size word before the block */
    uintptr_t heap_start, heap_end;
    __asm__("" : "+r"(block)); /* the compiler need not know that we look before it */
    storage_heap(&heap_start, &heap_end);
    if (((size_t *)block)[-1] & IS_MMAPPED)
        return MMAP;
    return (uintptr_t)block - heap_start < heap_end - heap_start ? BRK : ARENA;
}

/* Counts a block of `size` bytes and returns where it is. */
__attribute__((unused)) static enum storage storage_count(void *block, size_t size)
{
    enum storage where = storage_where(block);
    storage_sums[where].blocks++;
    storage_sums[where].bytes += size;
    return where;
}

__attribute__((unused)) static void storage_print(void)
{
    static const char *const names[STORAGES] = {"brk", "arena", "mmap"};
    for (int i = 0; i < STORAGES; i++)
        say("storage %s %lu %lu\n", names[i], storage_sums[i].blocks, storage_sums[i].bytes);
}

#endif
