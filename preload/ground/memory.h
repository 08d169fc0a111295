/* memory.h: the tracer's own memory, by mmap alone. Two sorts, told apart by what a forked child
 * finds in them: *wiped* memory reads as zero there (MADV_WIPEONFORK), so that whatever points
 * into the parent's trace is gone before the child's first hook looks at it; *kept* memory is
 * copied as usual. What is in use is never freed: the tracer lives as long as the process. */
#ifndef MT_MEMORY_H
#define MT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed, page-aligned, untouched pages cost nothing. NULL when the kernel gives none. */
void *mt_map_wiped(size_t bytes);
void *mt_map_kept(size_t bytes);

/* Whether this kernel means it when it takes the advice to wipe: emulators take any, and do
 * nothing. */
int mt_memory_can_be_wiped(void);

/* Address space to be made accessible piece by piece, by whoever reserves it; copied by a fork, and
 * part of core dumps where it is accessible. */
void *mt_map_reserved(size_t bytes);

/* Whether the address lies in such memory, or in this library. */
int mt_memory_is_own(uintptr_t at);

/* Calls `visit` for each range of such memory, this library itself left out; of a process that has
 * mapped more than MT_MEMORY_RANGES_MAX, the first. */
enum { MT_MEMORY_RANGES_MAX = 1024 };
void mt_memory_each(void (*visit)(void *context, uint64_t start, uint64_t end), void *context);

/* For a mapping that lost the race to be used and that nobody else has seen. */
void mt_unmap(void *at, size_t bytes);

#endif
